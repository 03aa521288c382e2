import { describe, expect, it } from "vitest";
import type { Bounds, Preset } from "./dates";
import {
  addMonths,
  bucketDays,
  defaultRange,
  formatBucket,
  formatDays,
  isDay,
  periodBefore,
  resolveRange,
} from "./dates";

const BOUNDS: Bounds = { today: "2026-11-22", firstDay: "2026-08-03", lastDay: "2026-10-31" };

describe("isDay", () => {
  it.each([
    ["2026-02-28", true],
    ["2024-02-29", true],
    ["2026-02-29", false],
    ["2026-13-01", false],
    ["26-01-01", false],
    ["", false],
  ])("%s", (text, expected) => expect(isDay(text)).toBe(expected));
});

describe("addMonths", () => {
  it.each([
    ["2026-03-31", -1, "2026-02-28"],
    ["2024-03-31", -1, "2024-02-29"],
    ["2026-01-15", -1, "2025-12-15"],
    ["2026-12-01", 1, "2027-01-01"],
  ])("%s by %i", (day, count, expected) => expect(addMonths(day, count)).toBe(expected));
});

describe("resolveRange", () => {
  it.each<[Preset, string, string]>([
    ["this-month", "2026-11-01", "2026-11-22"],
    ["latest-month", "2026-10-01", "2026-10-31"],
    ["previous-month", "2026-10-01", "2026-10-31"],
    ["30d", "2026-10-24", "2026-11-22"],
    ["90d", "2026-08-25", "2026-11-22"],
    ["all", "2026-08-03", "2026-10-31"],
  ])("%s", (preset, start, end) => expect(resolveRange({ preset }, BOUNDS)).toEqual({ start, end }));

  it("without data falls back to today", () => {
    const empty = { today: "2026-11-22", firstDay: null, lastDay: null };
    expect(resolveRange({ preset: "all" }, empty)).toEqual({ start: "2026-11-22", end: "2026-11-22" });
  });
});

describe("defaultRange", () => {
  it("is the last month with data when this one has none", () => {
    expect(defaultRange(BOUNDS)).toEqual({ preset: "latest-month" });
    expect(defaultRange({ ...BOUNDS, lastDay: "2026-11-03" })).toEqual({ preset: "this-month" });
    expect(defaultRange({ ...BOUNDS, lastDay: null })).toEqual({ preset: "this-month" });
  });
});

describe("periodBefore", () => {
  it.each([
    ["a whole month: the month before", "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"],
    ["two whole months", "2026-01-01", "2026-02-28", "2025-11-01", "2025-12-31"],
    ["a month so far: its same days", "2026-11-01", "2026-11-22", "2026-10-01", "2026-10-22"],
    ["clipped to a shorter month", "2026-03-01", "2026-03-30", "2026-02-01", "2026-02-28"],
    ["any days: as many before", "2026-10-24", "2026-11-22", "2026-09-24", "2026-10-23"],
    ["one day", "2026-10-05", "2026-10-05", "2026-10-04", "2026-10-04"],
  ])("%s", (_name, start, end, from, to) => {
    expect(periodBefore({ start, end })).toEqual({ start: from, end: to });
  });
});

it("bucketDays clips a month to the range", () => {
  const days = { start: "2026-08-03", end: "2026-10-12" };
  expect(bucketDays("2026-08", days)).toEqual({ start: "2026-08-03", end: "2026-08-31" });
  expect(bucketDays("2026-10", days)).toEqual({ start: "2026-10-01", end: "2026-10-12" });
  expect(bucketDays("2026-09-07", days)).toEqual({ start: "2026-09-07", end: "2026-09-07" });
});

it("labels are dates of UTC, whatever the reader's zone", () => {
  expect(formatBucket("2026-08-01", "en-US")).toBe("Aug 1");
  expect(formatBucket("2026-08", "en-US")).toBe("Aug 2026");
  expect(formatDays({ start: "2026-08-01", end: "2026-08-31" }, "en-US").replace(/\s/g, " ")).toBe("Aug 1 – 31, 2026");
});
