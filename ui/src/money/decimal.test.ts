import { describe, expect, it } from "vitest";
import { add, compare, equals, parseDecimal, ratio, subtract, sum, toText } from "./decimal";

const d = parseDecimal;

describe("parseDecimal and toText", () => {
  it.each([
    ["0", "0"],
    ["-0", "0"],
    ["12", "12"],
    ["1.50", "1.5"],
    ["-0.000000000000000001", "-0.000000000000000001"],
    ["1e3", "1000"],
    ["1.5E-3", "0.0015"],
    ["-39.0e-15", "-0.000000000000039"],
    ["99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"],
    [".5", "0.5"],
    ["0E-15", "0"],
  ])("%s is %s", (text, shown) => expect(toText(d(text))).toBe(shown));

  it.each(["", ".", "NaN", "1,5", "1.2.3", "abc", "--1"])("refuses %j", (text) => {
    expect(() => d(text)).toThrow(SyntaxError);
  });
});

describe("arithmetic", () => {
  it("adds what floats cannot", () => {
    expect(toText(add(d("0.1"), d("0.2")))).toBe("0.3");
    expect(toText(sum([d("1e20"), d("0.000000000000000001"), d("-1e20")]))).toBe("0.000000000000000001");
  });

  it("subtracts over different scales", () => expect(toText(subtract(d("1"), d("0.001")))).toBe("0.999"));

  it("compares by value, not by digits", () => {
    expect(compare(d("2"), d("10"))).toBe(-1);
    expect(compare(d("-2"), d("-10"))).toBe(1);
    expect(equals(d("1.0"), d("1.000"))).toBe(true);
  });
});

describe("ratio", () => {
  it.each([
    ["1", "3", 3, "0.333"],
    ["2", "3", 3, "0.667"],
    ["-2", "3", 3, "-0.667"],
    ["1", "-8", 2, "-0.13"],
    ["1", "8", 2, "0.13"],
    ["-1", "8", 2, "-0.13"],
    ["5", "5", 3, "1"],
    ["0", "7", 3, "0"],
  ])("%s / %s", (part, whole, places, expected) => expect(ratio(d(part), d(whole), places)).toBe(expected));

  it("has no value for a whole of zero", () => expect(ratio(d("1"), d("0.00"), 3)).toBeNull());
});
