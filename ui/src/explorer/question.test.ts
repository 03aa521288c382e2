import { describe, expect, it } from "vitest";
import type { Terms } from "../api/types";
import { beforeQuery, chartQuery, explainQuery, exportQuery, questionOf, tableQuery, valuesQuery } from "./question";
import { readState } from "./state";

const TERMS: Terms = {
  group_by: [
    { key: "account", label: "Account" },
    { key: "service", label: "Service" },
  ],
  filters: [{ key: "account", label: "Account" }],
  measures: [{ key: "unblended_cost", label: "Unblended" }],
  default_measure: "unblended_cost",
  tag_keys: ["team"],
  first_day: "2026-07-01",
  last_day: "2026-08-31",
};
const BOUNDS = { today: "2026-09-10", firstDay: TERMS.first_day, lastDay: TERMS.last_day };
const ask = (text: string) => questionOf(readState(new URLSearchParams(text)), TERMS, BOUNDS);
const FILTERED = ask("provider=aws&is.service=A&has.tag:team=b&not.account=1&lacks.region=us");
const SHARED = [
  ["cost_type", "unblended_cost"],
  ["filter[exact:service]", "A"],
  ["filter[tag:team]", "b"],
  ["exclude[exact:account]", "1"],
  ["exclude[region]", "us"],
];

it("defaults come from the data", () => {
  expect(ask("")).toMatchObject({
    provider: "all",
    days: { start: "2026-08-01", end: "2026-08-31" },
    before: { start: "2026-07-01", end: "2026-07-31" },
    group: "service",
    measure: "unblended_cost",
    resolution: "daily",
  });
  // Twelve days to the end of the data are compared, not the twenty-two asked for.
  expect(ask("from=2026-08-20&to=2026-09-10").before).toEqual({ start: "2026-08-08", end: "2026-08-19" });
  expect(ask("from=2026-01-01&to=2026-08-31").resolution).toBe("monthly");
});

it("one currency is asked for only where one is chosen", () => {
  expect(Object.fromEntries(tableQuery(ask("currency=EUR")))).toMatchObject({ currency: "EUR" });
  expect(Object.fromEntries(tableQuery(ask("")))).not.toHaveProperty("currency");
});

describe("queries", () => {
  const august = [
    ["start_date", "2026-08-01"],
    ["end_date", "2026-08-31"],
  ];
  const grouped = [
    ["group_by[service]", "*"],
    ["order_by[cost]", "desc"],
  ];

  it("of the chart are ranked and daily", () => {
    expect(chartQuery(FILTERED)).toEqual([
      ...august,
      ["filter[resolution]", "daily"],
      ...SHARED,
      ...grouped,
      ["filter[limit]", "8"],
      ["limit", "0"],
    ]);
  });

  it("of the table and of the period before are monthly", () => {
    expect(tableQuery(FILTERED)).toContainEqual(["filter[resolution]", "monthly"]);
    expect(beforeQuery(FILTERED)).toContainEqual(["start_date", "2026-07-01"]);
  });

  it("of the export have no ranking", () => {
    expect(exportQuery(FILTERED)).toEqual([
      ...august,
      ["filter[resolution]", "daily"],
      ...SHARED,
      ...grouped,
      ["limit", "0"],
    ]);
  });

  it("of explain add the group's value and take the bucket's days", () => {
    const day = { start: "2026-08-12", end: "2026-08-12" };
    const query = explainQuery(FILTERED, "AmazonEC2", day);
    expect(query).toContainEqual(["filter[exact:service]", "AmazonEC2"]);
    expect(query).toContainEqual(["end_date", "2026-08-12"]);
    expect(explainQuery(FILTERED, null, day).filter(([key]) => key === "filter[exact:service]")).toHaveLength(1);
  });

  it("of values leave out the filters on the same key", () => {
    const query = valuesQuery(FILTERED, "service", "Ama");
    expect(query).toContainEqual(["filter[service]", "Ama"]);
    expect(query).not.toContainEqual(["filter[exact:service]", "A"]);
    expect(query).toContainEqual(["group_by[service]", "*"]);
  });
});
