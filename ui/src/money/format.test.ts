import { describe, expect, it } from "vitest";
import { parseDecimal } from "./decimal";
import { formatAxis, formatChange, formatExact, formatMoney, formatPercent, formatPercentChange } from "./format";

const EN = "en-US";

describe("formatMoney", () => {
  it.each([
    ["1234.565", "USD", "$1,234.57"],
    ["99999999999999999999.994999999999999999", "USD", "$99,999,999,999,999,999,999.99"],
    ["0", "USD", "$0.00"],
    ["0.004", "USD", "<$0.01"],
    ["-0.0000001", "USD", "−<$0.01"],
    ["0.005", "USD", "$0.01"],
    ["1500.4", "JPY", "¥1,500"],
    ["0.4", "JPY", "<¥1"],
    ["12.5", "GPU-Hours", "12.50 GPU-Hours"],
    ["1.5e3", "EUR", "€1,500.00"],
  ])("%s %s", (value, units, shown) => expect(formatMoney({ value, units }, EN)).toBe(shown));
});

describe("formatChange", () => {
  it.each([
    ["12", "+$12.00"],
    ["-3.499", "−$3.50"],
    ["0", "$0.00"],
  ])("%s", (value, shown) => expect(formatChange({ value, units: "USD" }, EN)).toBe(shown));
});

it("formatExact keeps every digit", () => {
  expect(formatExact({ value: "1234.567891234567891200", units: "USD" })).toBe("1234.5678912345678912 USD");
});

describe("percentages", () => {
  it.each([
    ["1", "3", "33.3%"],
    ["0", "3", "0%"],
    ["1", "0", "–"],
  ])("%s of %s", (part, whole, shown) => {
    expect(formatPercent(parseDecimal(part), parseDecimal(whole), EN)).toBe(shown);
  });

  it.each([
    ["5", "100", "+5%"],
    ["-100", "100", "−100%"],
    ["5", "-10", "+50%"],
    ["5", "0", null],
  ])("change of %s from %s", (change, before, shown) => {
    expect(formatPercentChange(parseDecimal(change), parseDecimal(before), EN)).toBe(shown);
  });
});

it("formatAxis is short", () => expect(formatAxis(12500, "USD", EN)).toBe("$12.5K"));
