/** From report bodies to what the chart and the table show; every amount stays exact. */
import type { Report, ReportBucket, ReportGroup, ReportValue } from "../api/types";
import type { Decimal } from "../money/decimal";
import { add, compare, parseDecimal, subtract, sum, ZERO } from "../money/decimal";
import type { Sort } from "./state";
import { absentName } from "./state";

/** One group over the whole range. `kind`: an ordinary value, rows without a value, or the rest beyond the limit. */
export interface Row {
  readonly name: string;
  readonly alias: string | null;
  readonly kind: "value" | "absent" | "others";
  readonly cost: Decimal;
  readonly before: Decimal | null;
}

/** One group's cost in each bucket, in the chart's order of buckets. */
export interface Series {
  readonly name: string;
  readonly alias: string | null;
  readonly kind: Row["kind"];
  readonly costs: readonly Decimal[];
}

export interface ChartData {
  readonly buckets: readonly string[];
  readonly series: readonly Series[];
}

interface Cell {
  readonly bucket: string;
  readonly name: string;
  readonly value: ReportValue;
}

function groupsOf(bucket: ReportBucket): readonly ReportGroup[] {
  const list = Object.entries(bucket).find(([key, value]) => key !== "values" && Array.isArray(value));
  return (list?.[1] ?? []) as readonly ReportGroup[];
}

function nameOf(group: ReportGroup): string {
  const found = Object.entries(group).find(([key]) => key !== "values" && key !== "date");
  return String(found?.[1] ?? "");
}

function cells(report: Report): Cell[] {
  return report.data.flatMap((bucket) =>
    groupsOf(bucket).flatMap((group) =>
      group.values.map((value) => ({ bucket: bucket.date, name: nameOf(group), value })),
    ),
  );
}

function kindOf(name: string, group: string, report: Report): Row["kind"] {
  if (name === absentName(group)) return "absent";
  const merged = Number(report.meta.others ?? 0);
  return merged > 0 && name === (merged === 1 ? "Other" : "Others") ? "others" : "value";
}

function costOf(value: ReportValue): Decimal {
  return parseDecimal(value.cost.total.value);
}

function aliasOf(cell: Cell): string | null {
  const alias = cell.value.account_alias;
  return alias && alias !== cell.name && alias !== "Others" && alias !== "Other" ? alias : null;
}

function totals(report: Report): Map<string, Decimal> {
  const found = new Map<string, Decimal>();
  for (const { name, value } of cells(report)) found.set(name, add(found.get(name) ?? ZERO, costOf(value)));
  return found;
}

/** Rows of the table. `before` is null where the period before is not known: not loaded, or beyond its limit. */
export function tableRows(report: Report, group: string, before: Report | null): Row[] {
  const earlier = before && totals(before);
  const complete = before !== null && Number(before.meta.others ?? 0) === 0;
  const aliases = new Map(cells(report).map((cell) => [cell.name, aliasOf(cell)]));
  return [...totals(report)].map(([name, cost]) => {
    const kind = kindOf(name, group, report);
    const known = kind === "others" ? null : (earlier?.get(name) ?? (complete ? ZERO : null));
    return { name, alias: aliases.get(name) ?? null, kind, cost, before: known };
  });
}

export function totalOf(report: Report): Decimal {
  return parseDecimal(report.meta.total.cost.total.value);
}

/** Series in the order of the ranking; a group without cost in a bucket has zero there. */
export function chartData(report: Report, group: string): ChartData {
  const buckets = report.data.map((bucket) => bucket.date);
  const position = new Map(buckets.map((bucket, index) => [bucket, index]));
  const found = new Map<string, { alias: string | null; costs: Decimal[] }>();
  for (const cell of cells(report)) {
    const series = found.get(cell.name) ?? { alias: aliasOf(cell), costs: buckets.map(() => ZERO) };
    const index = position.get(cell.bucket) ?? 0;
    series.costs[index] = add(series.costs[index] ?? ZERO, costOf(cell.value));
    found.set(cell.name, series);
  }
  const series = [...found].map(([name, { alias, costs }]) => ({
    name,
    alias,
    costs,
    kind: kindOf(name, group, report),
    total: sum(costs),
  }));
  series.sort((a, b) => Number(a.kind === "others") - Number(b.kind === "others") || compare(b.total, a.total));
  return { buckets, series };
}

function changeOf(row: Row): Decimal | null {
  return row.before && subtract(row.cost, row.before);
}

/** Sorted as asked; the row of the rest and unknown changes always stand last. */
export function sortRows(rows: readonly Row[], sort: Sort): Row[] {
  const sign = sort.descending ? -1 : 1;
  const order = (a: Row, b: Row): number => {
    if (sort.key === "name") return sign * displayName(a).localeCompare(displayName(b), undefined, { numeric: true });
    if (sort.key === "cost") return sign * compare(a.cost, b.cost);
    const [left, right] = [changeOf(a), changeOf(b)];
    if (!left || !right) return Number(!left) - Number(!right);
    return sign * compare(left, right);
  };
  return [...rows].sort(
    (a, b) => Number(a.kind === "others") - Number(b.kind === "others") || order(a, b) || a.name.localeCompare(b.name),
  );
}

export function displayName(item: { readonly name: string; readonly alias: string | null }): string {
  return item.alias ?? item.name;
}

/** Whether a question can name the group: the rest has no name, and in a value the grammar reads a comma as "or". */
export function canName(item: { readonly name: string; readonly kind: Row["kind"] }): boolean {
  return item.kind !== "others" && !item.name.includes(",");
}
