/**
 * Shapes of the answers that the pages read: the server's own description (schema.d.ts is made from openapi.json), and
 * where the keys of a body depend on the question (groups of a report, columns of a row), which OpenAPI cannot say,
 * what the pages rely on. Numbers are strings of digits (see client.ts).
 */
import type { Digits } from "../money/decimal";
import type { Money } from "../money/format";
import type { components } from "./schema";

/** A described shape as it arrives here: every number is its digits. */
export type Exact<T> = T extends number
  ? Digits
  : T extends readonly (infer Item)[]
    ? readonly Exact<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Exact<T[Key]> }
      : T;

type Schemas = components["schemas"];

export type Freshness = Exact<Schemas["Freshness"]>;
export type Term = Exact<Schemas["NamedTerm"]>;
export type Terms = Exact<Schemas["Terms"]>;

export interface CostParts {
  readonly total: Money;
}

/** One leaf of a report: the cost of one group in one bucket. */
export interface ReportValue {
  readonly date: string;
  readonly account_alias?: string;
  readonly cost: CostParts;
}

/** {"service": "AmazonEC2", "values": [...]}: the group's own key is the report's. */
export interface ReportGroup {
  readonly values: readonly ReportValue[];
  readonly [key: string]: unknown;
}

/** {"date": "2026-08-01", "services": [...]}, or "values" when nothing is grouped. */
export interface ReportBucket {
  readonly date: string;
  readonly [groups: string]: unknown;
}

export interface Report {
  readonly meta: {
    readonly count: Digits;
    readonly others?: Digits;
    /** Currencies of further rows that the answer leaves out: nothing adds two currencies. */
    readonly other_currencies?: readonly string[];
    readonly currency: string;
    readonly total: { readonly cost: CostParts };
  };
  readonly data: readonly ReportBucket[];
}

/** A number opened into what it was summed from, the biggest first; rows have the columns of the ledger and charges. */
export interface Explanation {
  readonly total: Exact<Schemas["ExplainedTotal"]>;
  readonly postings: readonly Readonly<Record<string, unknown>>[];
  readonly charges: readonly Readonly<Record<string, unknown>>[];
  readonly points: readonly Readonly<Record<string, unknown>>[];
  readonly counts: { readonly postings: Digits; readonly charges: Digits; readonly points: Digits };
}
