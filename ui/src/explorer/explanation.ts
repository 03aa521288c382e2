/** What explain answers, as the drawer shows it: each step of the proof, and the columns of its tables. */
import type { Explanation } from "../api/types";
import type { Decimal } from "../money/decimal";
import { add, equals, parseDecimal } from "../money/decimal";

/** A sum taken on its own; the proof holds when all are equal. */
export interface Step {
  readonly name: string;
  readonly amount: Decimal;
}

export interface Column {
  readonly key: string;
  readonly label: string;
  readonly kind: "text" | "long" | "day" | "money" | "quantity" | "place";
}

export type Cells = Readonly<Record<string, unknown>>;

const COST: Column = { key: "cost", label: "Cost", kind: "money" };

export const POSTING_COLUMNS: readonly Column[] = [
  { key: "period_start", label: "Day", kind: "day" },
  COST,
  { key: "entry", label: "Entry", kind: "text" },
  { key: "charge_category", label: "Category", kind: "text" },
  { key: "service_name", label: "Service", kind: "text" },
  { key: "sub_account_name", label: "Account", kind: "text" },
  { key: "sub_account_id", label: "Account id", kind: "text" },
  { key: "region_id", label: "Region", kind: "text" },
  { key: "resource_id", label: "Resource", kind: "text" },
  { key: "charge_description", label: "Description", kind: "long" },
];

export const CHARGE_COLUMNS: readonly Column[] = [
  { key: "file", label: "File", kind: "place" },
  COST,
  { key: "charge_period_start", label: "From", kind: "day" },
  { key: "charge_description", label: "Description", kind: "long" },
  { key: "pricing_quantity", label: "Quantity", kind: "quantity" },
  { key: "pricing_unit", label: "Unit", kind: "text" },
  { key: "resource_id", label: "Resource", kind: "text" },
];

export const POINT_COLUMNS: readonly Column[] = [
  { key: "file", label: "File", kind: "place" },
  { key: "period_start", label: "From", kind: "day" },
  { key: "scope_id", label: "Scope", kind: "text" },
  { key: "metric", label: "Metric", kind: "text" },
  { key: "qty", label: "Quantity", kind: "quantity" },
  { key: "unit", label: "Unit", kind: "text" },
  { key: "resource_id", label: "Resource", kind: "text" },
];

export function agrees(steps: readonly Step[]): boolean {
  const first = steps[0];
  return first !== undefined && steps.every((step) => equals(step.amount, first.amount));
}

/** The proof: what the report says, what the postings and what the charges add up to, each summed on its own. */
export function stepsOf(reported: Decimal, explanation: Explanation): Step[] {
  const { postings, charges, points } = explanation.total;
  const rated = Number(explanation.counts.points) > 0;
  return [
    { name: "Report", amount: reported },
    { name: "Postings of the ledger", amount: parseDecimal(postings.value) },
    {
      name: rated ? "Lines of the bill, and rated points" : "Lines of the bill",
      amount: add(parseDecimal(charges.value), parseDecimal(points.value)),
    },
  ];
}

/** A cell as text; absent values are empty. */
export function cellText(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** The columns of which at least one row has a value, in their order. */
export function present(columns: readonly Column[], rows: readonly Cells[]): Column[] {
  return columns.filter((column) => rows.some((row) => cellText(row[column.key]) !== ""));
}

/** Rows as lines with tabs, to paste into a spreadsheet: every column and every digit as it came. */
export function asLines(rows: readonly Cells[]): string {
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, " ");
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => keys.map((key) => clean(cellText(row[key]))));
  return [keys, ...lines].map((line) => line.join("\t")).join("\n");
}
