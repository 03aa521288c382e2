/**
 * The explorer's whole state as an address, so that a link shows another person the same page.
 *
 *   /?provider=aws&from=2026-08-01&to=2026-08-31&group=service&cost=unblended_cost
 *    &currency=EUR&is.account=111122223333&has.tag:team=core&explain=AmazonEC2
 *
 * Absent keys mean the default; unknown or damaged ones are ignored, never an error.
 */
import type { Range } from "./dates";
import { isDay, PRESETS } from "./dates";

export const PROVIDERS = ["all", "aws"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** is / not compare the whole value, has / lacks a part of it; letter case never matters for a part. */
export const OPERATORS = ["is", "not", "has", "lacks"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Filter {
  readonly operator: Operator;
  readonly key: string;
  readonly value: string;
}

export const SORT_KEYS = ["cost", "name", "change"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Which number is opened: a group (null = the total), in one bucket of the chart (null = the whole range). */
export interface Explained {
  readonly group: string | null;
  readonly bucket: string | null;
}

export interface ExplorerState {
  readonly provider: Provider;
  readonly range: Range | null;
  readonly group: string | null;
  readonly measure: string | null;
  readonly currency: string | null;
  readonly resolution: "daily" | "monthly" | null;
  readonly filters: readonly Filter[];
  readonly sort: Sort;
  readonly page: number;
  readonly explain: Explained | null;
}

export const DEFAULT_SORT: Sort = { key: "cost", descending: true };
const TOTAL = "*";

function oneOf<T extends string>(allowed: readonly T[], text: string | null): T | null {
  return allowed.find((item) => item === text) ?? null;
}

function readRange(query: URLSearchParams): Range | null {
  const [start, end] = [query.get("from") ?? "", query.get("to") ?? ""];
  if (isDay(start) && isDay(end) && start <= end) return { start, end };
  const preset = oneOf(PRESETS, query.get("range"));
  return preset ? { preset } : null;
}

function readFilters(query: URLSearchParams): Filter[] {
  return [...query].flatMap(([name, value]) => {
    const dot = name.indexOf(".");
    const operator = oneOf(OPERATORS, name.slice(0, Math.max(dot, 0)));
    const key = name.slice(dot + 1);
    return operator && key && value ? [{ operator, key, value }] : [];
  });
}

function readSort(text: string | null): Sort {
  const descending = text?.startsWith("-") ?? false;
  const key = oneOf(SORT_KEYS, descending ? (text ?? "").slice(1) : text);
  return key ? { key, descending } : DEFAULT_SORT;
}

function readExplained(query: URLSearchParams): Explained | null {
  const group = query.get("explain");
  if (!group) return null;
  return { group: group === TOTAL ? null : group, bucket: query.get("on") };
}

export function readState(query: URLSearchParams): ExplorerState {
  const page = Number(query.get("page"));
  return {
    provider: oneOf(PROVIDERS, query.get("provider")) ?? "all",
    range: readRange(query),
    group: query.get("group"),
    measure: query.get("cost"),
    currency: query.get("currency"),
    resolution: oneOf(["daily", "monthly"] as const, query.get("by")),
    filters: readFilters(query),
    sort: readSort(query.get("sort")),
    page: Number.isInteger(page) && page > 1 ? page : 1,
    explain: readExplained(query),
  };
}

/** The address of a state, without "?"; readable: only what must be escaped is. */
export function writeState(state: ExplorerState): string {
  const { range, sort, explain } = state;
  const pairs: [string, string | null][] = [
    ["provider", state.provider === "all" ? null : state.provider],
    ["range", range && "preset" in range ? range.preset : null],
    ["from", range && !("preset" in range) ? range.start : null],
    ["to", range && !("preset" in range) ? range.end : null],
    ["group", state.group],
    ["cost", state.measure],
    ["currency", state.currency],
    ["by", state.resolution],
    ...state.filters.map((filter): [string, string] => [`${filter.operator}.${filter.key}`, filter.value]),
    ["sort", sort.key === "cost" && sort.descending ? null : `${sort.descending ? "-" : ""}${sort.key}`],
    ["page", state.page > 1 ? String(state.page) : null],
    ["explain", explain && (explain.group ?? TOTAL)],
    ["on", explain && explain.bucket],
  ];
  const query = new URLSearchParams(pairs.filter((pair): pair is [string, string] => pair[1] !== null));
  return query.toString().replace(/%3A/g, ":").replace(/%2F/g, "/").replace(/%2C/g, ",").replace(/%40/g, "@");
}

export function sameFilter(a: Filter, b: Filter): boolean {
  return a.operator === b.operator && a.key === b.key && a.value === b.value;
}

/** Changes what is asked: back to the first page, with nothing opened. */
export function ask(state: ExplorerState, change: Partial<ExplorerState>): ExplorerState {
  return { ...state, page: 1, explain: null, ...change };
}

export function withFilter(state: ExplorerState, filter: Filter): ExplorerState {
  if (state.filters.some((known) => sameFilter(known, filter))) return state;
  return ask(state, { filters: [...state.filters, filter] });
}

export function withoutFilter(state: ExplorerState, filter: Filter): ExplorerState {
  return ask(state, { filters: state.filters.filter((known) => !sameFilter(known, filter)) });
}

/** The filters narrowed to one value of `key`: values asked for one key are alternatives, so the others must go. */
export function onlyValue(filters: readonly Filter[], key: string, value: string): Filter[] {
  const kept = filters.filter(
    (filter) => filter.key !== key || filter.operator === "not" || filter.operator === "lacks",
  );
  return [...kept, filterFor(key, value)];
}

/** What stands for any value: excluding it leaves the rows that have none. */
export const ANY = "*";

/** A tag group is labelled by the bare key: "tag:team" answers under "team". */
export function labelOf(key: string): string {
  return key.startsWith("tag:") ? key.slice(4) : key;
}

/** The name under which a report groups the rows that have no value: "No-team". */
export function absentName(key: string): string {
  return `No-${labelOf(key)}`;
}

/** The filter that leaves the rows of one group of a report. */
export function filterFor(key: string, name: string): Filter {
  return name === absentName(key) ? { operator: "lacks", key, value: ANY } : { operator: "is", key, value: name };
}

/** A filter names keys of one provider's report; only tags mean the same in every report. */
export function switchProvider(state: ExplorerState, provider: Provider): ExplorerState {
  const isTag = (key: string | null): boolean => key?.startsWith("tag:") ?? false;
  return ask(state, {
    provider,
    group: isTag(state.group) ? state.group : null,
    measure: null,
    filters: state.filters.filter((filter) => isTag(filter.key)),
  });
}

/** From one kind of group to the next when a reader narrows: who, what, where, then the details. */
export const WAY_DOWN: readonly string[] = [
  "account",
  "SubAccountId",
  "SubAccountName",
  "service",
  "ServiceName",
  "region",
  "RegionId",
  "RegionName",
  "instance_type",
  "product_family",
  "ServiceSubcategory",
  "ResourceType",
  "ResourceId",
  "az",
  "ChargeDescription",
];

/** Narrows to one group's value and groups by the next key that is not yet fixed; stays where there is none. */
export function narrow(state: ExplorerState, group: string, value: string, keys: readonly string[]): ExplorerState {
  const narrowed = ask(state, { filters: onlyValue(state.filters, group, value) });
  const settled = narrowed.filters.filter((filter) => filter.operator === "is" || filter.value === ANY);
  const fixed = new Set(settled.map((filter) => filter.key));
  const sameThing = new Set([...fixed].map((key) => key.replace(/(Id|Name)$/, "")));
  const next = WAY_DOWN.find(
    (key) => keys.includes(key) && !fixed.has(key) && !sameThing.has(key.replace(/(Id|Name)$/, "")),
  );
  return { ...narrowed, group: next ?? group };
}
