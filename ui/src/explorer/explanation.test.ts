import { describe, expect, it } from "vitest";
import type { Explanation } from "../api/types";
import { parseDecimal } from "../money/decimal";
import { agrees, asLines, CHARGE_COLUMNS, present, stepsOf } from "./explanation";

const usd = (value: string) => ({ value, units: "USD" });
const CHARGE = { file: "bill.csv.gz", row: "7", cost: "0.10", charge_description: "a\tb", resource_id: null };

function explanation(postings: string, charges: string): Explanation {
  return {
    total: { postings: usd(postings), charges: usd(charges), points: usd("0") },
    counts: { postings: "1", charges: "1", points: "0" },
    postings: [],
    charges: [CHARGE],
    points: [],
  };
}

describe("the proof", () => {
  it.each([
    ["0.3", "0.30", "0.300", true],
    ["0.3", "0.3", "0.300000000000000001", false],
    ["0.3", "0.2", "0.3", false],
  ])("report %s, postings %s, charges %s", (report, postings, charges, holds) => {
    expect(agrees(stepsOf(parseDecimal(report), explanation(postings, charges)))).toBe(holds);
  });

  it("needs something to agree", () => expect(agrees([])).toBe(false));
});

it("columns without any value are not shown", () => {
  expect(present(CHARGE_COLUMNS, [CHARGE]).map((column) => column.key)).toEqual(["file", "cost", "charge_description"]);
});

it("lines to paste keep every column and digit", () => {
  expect(asLines([CHARGE, { file: "x", extra: "1" }])).toBe(
    "file\trow\tcost\tcharge_description\tresource_id\textra\nbill.csv.gz\t7\t0.10\ta b\t\t\nx\t\t\t\t\t1",
  );
});
