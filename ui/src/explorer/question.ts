/**
 * From the explorer's state to the server's query grammar: one question, of which the chart, the table, the period
 * before, the export and explain each ask a variant.
 */
import type { Query } from "../api/client";
import type { Terms } from "../api/types";
import type { Bounds, Days, Range } from "./dates";
import { defaultRange, lengthInDays, periodBefore, resolveRange } from "./dates";
import type { ExplorerState, Filter, Operator, Provider } from "./state";
import { onlyValue } from "./state";

/** How many groups the chart shows beside "Others", and the table beside its last row. */
export const CHART_GROUPS = 8;
export const TABLE_GROUPS = 200;
const GROUPS_BEFORE = 1000;
const EXPLAINED_ROWS = 50;
const DAYS_SHOWN_DAILY = 92;

/** What is asked, with every default filled in. */
export interface Question {
  readonly provider: Provider;
  readonly range: Range;
  readonly days: Days;
  readonly before: Days;
  readonly group: string;
  readonly measure: string;
  /** Null: the one that the server takes. */
  readonly currency: string | null;
  readonly resolution: "daily" | "monthly";
  readonly filters: readonly Filter[];
}

const REPORT: Readonly<Record<Provider, string>> = { all: "focus/costs", aws: "aws/costs" };
const DEFAULT_GROUPS: readonly string[] = ["service", "ServiceName"];
const BRACKET: Readonly<Record<Operator, readonly [string, string]>> = {
  is: ["filter", "exact:"],
  has: ["filter", ""],
  not: ["exclude", "exact:"],
  lacks: ["exclude", ""],
};

export function reportPath(provider: Provider): string {
  return `/api/cost-management/v1/reports/${REPORT[provider]}/`;
}

export function explainPath(provider: Provider): string {
  return `/api/tallystick/v1/explain/${REPORT[provider]}/`;
}

export function termsPath(provider: Provider): string {
  return `/api/tallystick/v1/terms/${provider === "aws" ? "aws" : "focus"}/`;
}

function knownGroups(terms: Terms): string[] {
  return [...terms.group_by.map((term) => term.key), ...terms.tag_keys.map((key) => `tag:${key}`)];
}

/** Fills in what the address leaves open, from what the data has. */
export function questionOf(state: ExplorerState, terms: Terms, bounds: Bounds): Question {
  const range = state.range ?? defaultRange(bounds);
  const days = resolveRange(range, bounds);
  const groups = knownGroups(terms);
  const usual = DEFAULT_GROUPS.find((key) => groups.includes(key)) ?? groups[0] ?? "service";
  return {
    provider: state.provider,
    range,
    days,
    before: periodBefore(withData(days, bounds)),
    group: state.group ?? usual,
    measure: state.measure ?? terms.default_measure,
    currency: state.currency,
    resolution: state.resolution ?? (lengthInDays(days) > DAYS_SHOWN_DAILY ? "monthly" : "daily"),
    filters: state.filters,
  };
}

/** Only days that have data are compared: a month that is billed to yesterday with the same days of the last one. */
function withData(days: Days, bounds: Bounds): Days {
  const { lastDay } = bounds;
  return lastDay !== null && lastDay >= days.start && lastDay < days.end ? { start: days.start, end: lastDay } : days;
}

function filterPair(filter: Filter): [string, string] {
  const [kind, prefix] = BRACKET[filter.operator];
  return [`${kind}[${prefix}${filter.key}]`, filter.value];
}

function base(question: Question, days: Days, resolution: Question["resolution"]): [string, string][] {
  const currency: [string, string][] = question.currency === null ? [] : [["currency", question.currency]];
  return [
    ["start_date", days.start],
    ["end_date", days.end],
    ["filter[resolution]", resolution],
    ["cost_type", question.measure],
    ...currency,
    ...question.filters.map(filterPair),
  ];
}

function ranked(question: Question, days: Days, resolution: Question["resolution"], limit: number): Query {
  return [
    ...base(question, days, resolution),
    [`group_by[${question.group}]`, "*"],
    ["order_by[cost]", "desc"],
    ["filter[limit]", String(limit)],
    ["limit", "0"],
  ];
}

export function chartQuery(question: Question): Query {
  return ranked(question, question.days, question.resolution, CHART_GROUPS);
}

export function tableQuery(question: Question): Query {
  return ranked(question, question.days, "monthly", TABLE_GROUPS);
}

export function beforeQuery(question: Question): Query {
  return ranked(question, question.before, "monthly", GROUPS_BEFORE);
}

/** Every row of what is shown, unranked. */
export function exportQuery(question: Question): Query {
  return [
    ...base(question, question.days, question.resolution),
    [`group_by[${question.group}]`, "*"],
    ["order_by[cost]", "desc"],
    ["limit", "0"],
  ];
}

/** The postings behind one number: `group` null is the total of all groups. */
export function explainQuery(question: Question, group: string | null, days: Days): Query {
  return [...oneNumber(question, group, days), ["limit", String(EXPLAINED_ROWS)]];
}

/** The report that gives the same number as explain must. */
export function numberQuery(question: Question, group: string | null, days: Days): Query {
  return [...oneNumber(question, group, days), ["limit", "0"]];
}

function oneNumber(question: Question, group: string | null, days: Days): Query {
  const filters = group === null ? question.filters : onlyValue(question.filters, question.group, group);
  return base({ ...question, filters }, days, "monthly");
}

/** Values of `key` that contain `typed`, costliest first, among what the other filters leave. */
export function valuesQuery(question: Question, key: string, typed: string): Query {
  const filters = question.filters.filter((filter) => filter.key !== key);
  const part: Filter[] = typed ? [{ operator: "has", key, value: typed }] : [];
  return ranked({ ...question, group: key, filters: [...filters, ...part] }, question.days, "monthly", 20);
}
