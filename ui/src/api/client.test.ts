import { describe, expect, it } from "vitest";
import { address, parseExact } from "./client";
import { describeProblem } from "./problems";

it("numbers keep their digits", () => {
  const body = '{"value": 1234567890123456789.123456789012345678, "small": -3.9e-14, "text": "7", "none": null}';
  expect(parseExact(body)).toEqual({
    value: "1234567890123456789.123456789012345678",
    small: "-3.9e-14",
    text: "7",
    none: null,
  });
});

it("addresses escape values", () => {
  expect(
    address("/r/", [
      ["filter[tag:a]", "x&y"],
      ["filter[tag:a]", "z"],
    ]),
  ).toBe("/r/?filter%5Btag%3Aa%5D=x%26y&filter%5Btag%3Aa%5D=z");
  expect(address("/r/")).toBe("/r/");
});

describe("describeProblem", () => {
  it.each([
    [
      '{"filter":{"resolution":["\\"weekly\\" is not a valid choice."]}}',
      'filter › resolution: "weekly" is not a valid choice.',
    ],
    ['{"filter":{"project":{"0":["This field may not be blank."]}}}', "filter › project: This field may not be blank."],
    ['{"error":["a","b"]}', "a\nb"],
    ['{"errors":[{"detail":"Not found.","source":"detail","status":404}]}', "Not found."],
    ["<html>", "The server answered with status 404."],
    ["{}", "The server answered with status 404."],
  ])("%s", (body, sentence) => expect(describeProblem(body, 404)).toBe(sentence));
});
