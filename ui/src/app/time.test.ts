import { expect, it } from "vitest";
import { formatMoment, relativeTime } from "./time";

const NOW = new Date("2026-11-22T12:00:00Z");

it.each([
  ["2026-11-22T11:59:40Z", "now"],
  ["2026-11-22T11:55:00Z", "5 minutes ago"],
  ["2026-11-22T09:00:00Z", "3 hours ago"],
  ["2026-11-21T12:00:00Z", "yesterday"],
  ["2026-11-12T12:00:00Z", "10 days ago"],
])("%s is %s", (iso, shown) => expect(relativeTime(iso, NOW, "en")).toBe(shown));

it("formatMoment says its zone", () => {
  expect(formatMoment("2026-11-22T09:05:00+02:00", "en-GB")).toBe("22 Nov 2026, 07:05 UTC");
});
