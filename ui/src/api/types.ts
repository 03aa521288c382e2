/**
 * Shapes of the answers that the pages read. Report bodies depend on the question (their keys are the groups asked
 * for), which OpenAPI cannot say; so these say it. Numbers are strings of digits (see client.ts).
 */
import type { Digits } from "../money/decimal";
import type { Money } from "../money/format";

export interface Freshness {
  readonly release: Digits;
  readonly released_at: string | null;
  readonly last_delivery_at: string | null;
  readonly stale_partitions: Digits;
  readonly sources: Digits;
}

export interface Term {
  readonly key: string;
  readonly label: string;
}

export interface Terms {
  readonly group_by: readonly Term[];
  readonly filters: readonly Term[];
  readonly measures: readonly Term[];
  readonly default_measure: string;
  readonly tag_keys: readonly string[];
  readonly first_day: string | null;
  readonly last_day: string | null;
}

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
  readonly total: { readonly postings: Money; readonly charges: Money };
  readonly postings: readonly Readonly<Record<string, unknown>>[];
  readonly charges: readonly Readonly<Record<string, unknown>>[];
  readonly counts: { readonly postings: Digits; readonly charges: Digits };
}
