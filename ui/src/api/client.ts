/**
 * The one way to the server. Every number in an answer arrives as its own digits (text), because JSON.parse would
 * turn money into floats: 0.1234567890123456789 must stay what the ledger says.
 */
import { parse } from "lossless-json";
import { describeProblem } from "./problems";

/** A refused or failed request: the server's own words, and the status (0 when the server did not answer). */
export class RequestFailed extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = "RequestFailed";
    this.status = status;
  }
}

export type Query = readonly (readonly [string, string])[];

export function address(path: string, query: Query = []): string {
  const encoded = new URLSearchParams(query.map(([key, value]) => [key, value])).toString();
  return encoded ? `${path}?${encoded}` : path;
}

async function send(url: string, accept: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, { headers: { Accept: accept }, ...(signal ? { signal } : {}) }).catch(
    (reason: unknown) => {
      if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
      throw new RequestFailed("The server does not answer. Is tally serve still running?", 0);
    },
  );
  if (response.ok) return response;
  throw new RequestFailed(describeProblem(await response.text(), response.status), response.status);
}

/** Answers the body with each number as a string of its digits; throws RequestFailed. */
export async function getJson<T>(path: string, query: Query = [], signal?: AbortSignal): Promise<T> {
  const response = await send(address(path, query), "application/json", signal);
  return parseExact(await response.text()) as T;
}

export async function getCsv(path: string, query: Query): Promise<Blob> {
  return (await send(address(path, query), "text/csv")).blob();
}

export function parseExact(text: string): unknown {
  return parse(text, null, { parseNumber: (digits) => digits });
}
