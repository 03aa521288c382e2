import { describe, expect, it } from "vitest";
import type { Report } from "../api/types";
import { toText } from "../money/decimal";
import { chartData, sortRows, tableRows, totalOf } from "./rows";

const cost = (value: string) => ({ total: { value, units: "USD" } });
type Leaves = Record<string, string>;

function report(list: string, key: string, buckets: Record<string, Leaves>, total: string, others?: string): Report {
  return {
    meta: { count: "1", currency: "USD", total: { cost: cost(total) }, ...(others ? { others } : {}) },
    data: Object.entries(buckets).map(([date, leaves]) => ({
      date,
      [list]: Object.entries(leaves).map(([name, value]) => ({
        [key]: name,
        values: [
          { date, [key]: name, cost: cost(value), ...(key === "account" ? { account_alias: `alias ${name}` } : {}) },
        ],
      })),
    })),
  };
}

const TWO_MONTHS = report(
  "teams",
  "team",
  {
    "2026-08": { core: "0.1", web: "5", "No-team": "1" },
    "2026-09": { core: "0.2", Others: "0.000000000000000001" },
  },
  "6.300000000000000001",
  "2",
);
const EARLIER = report("teams", "team", { "2026-07": { core: "0.2", gone: "4" } }, "4.2");

describe("tableRows", () => {
  it("sums buckets exactly and knows absent values and the rest", () => {
    const rows = tableRows(TWO_MONTHS, "tag:team", null);
    expect(rows.map((row) => [row.name, row.kind, toText(row.cost), row.before])).toEqual([
      ["core", "value", "0.3", null],
      ["web", "value", "5", null],
      ["No-team", "absent", "1", null],
      ["Others", "others", "0.000000000000000001", null],
    ]);
    expect(toText(totalOf(TWO_MONTHS))).toBe("6.300000000000000001");
  });

  it("compares with the period before; what was not there then was zero", () => {
    const before = tableRows(TWO_MONTHS, "tag:team", EARLIER).map((row) => row.before && toText(row.before));
    expect(before).toEqual(["0.2", "0", "0", null]);
  });

  it("does not guess when the period before was cut off", () => {
    const cut = { ...EARLIER, meta: { ...EARLIER.meta, others: "7" } };
    const before = tableRows(TWO_MONTHS, "tag:team", cut).map((row) => row.before && toText(row.before));
    expect(before).toEqual(["0.2", null, null, null]);
  });

  it("shows the alias of an account", () => {
    const rows = tableRows(report("accounts", "account", { "2026-08": { "1": "2" } }, "2"), "account", null);
    expect(rows[0]?.alias).toBe("alias 1");
  });
});

describe("chartData", () => {
  it("fills gaps with zero, costliest first, the rest last", () => {
    const { buckets, series } = chartData(TWO_MONTHS, "tag:team");
    expect(buckets).toEqual(["2026-08", "2026-09"]);
    expect(series.map((item) => [item.name, ...item.costs.map(toText)])).toEqual([
      ["web", "5", "0"],
      ["No-team", "1", "0"],
      ["core", "0.1", "0.2"],
      ["Others", "0", "0.000000000000000001"],
    ]);
  });
});

describe("sortRows", () => {
  const names = (key: "cost" | "name" | "change", descending: boolean) =>
    sortRows(tableRows(TWO_MONTHS, "tag:team", EARLIER), { key, descending }).map((row) => row.name);

  it.each([
    ["cost", true, ["web", "No-team", "core", "Others"]],
    ["cost", false, ["core", "No-team", "web", "Others"]],
    ["name", false, ["core", "No-team", "web", "Others"]],
    ["change", true, ["web", "No-team", "core", "Others"]],
  ] as const)("by %s, descending %s", (key, descending, expected) => {
    expect(names(key, descending)).toEqual(expected);
  });
});
