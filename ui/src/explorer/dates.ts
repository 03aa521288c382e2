/**
 * Date ranges of the explorer. A day is an ISO text (2026-08-31); all days are UTC, both ends of a range are included.
 */
export type Day = string;

export interface Days {
  readonly start: Day;
  readonly end: Day;
}

export const PRESETS = ["this-month", "latest-month", "previous-month", "30d", "90d", "all"] as const;
export type Preset = (typeof PRESETS)[number];

/** What the reader chose: a named range that moves with time, or two fixed days. */
export type Range = { readonly preset: Preset } | Days;

/** Today, and the first and last day that has data (null before the first delivery). */
export interface Bounds {
  readonly today: Day;
  readonly firstDay: Day | null;
  readonly lastDay: Day | null;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MILLISECONDS = 86_400_000;

function instant(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function fromInstant(value: number): Day {
  return new Date(value).toISOString().slice(0, 10);
}

export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const value = instant(text);
  return !Number.isNaN(value) && fromInstant(value) === text;
}

export function todayUtc(now: Date = new Date()): Day {
  return now.toISOString().slice(0, 10);
}

export function addDays(day: Day, count: number): Day {
  return fromInstant(instant(day) + count * MILLISECONDS);
}

export function lengthInDays(days: Days): number {
  return Math.round((instant(days.end) - instant(days.start)) / MILLISECONDS) + 1;
}

export function monthStart(day: Day): Day {
  return `${day.slice(0, 7)}-01`;
}

export function monthEnd(day: Day): Day {
  return addDays(addMonths(monthStart(day), 1), -1);
}

/** The same day of another month, or that month's last day where it is shorter. */
export function addMonths(day: Day, count: number): Day {
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  const first = fromInstant(Date.UTC(year, month - 1 + count, 1));
  const length = new Date(Date.UTC(year, month + count, 0)).getUTCDate();
  return addDays(first, Math.min(Number(day.slice(8)), length) - 1);
}

/** This month when it has data, else the last month that has: a page that opens on an empty chart helps nobody. */
export function defaultRange(bounds: Bounds): Range {
  const stale = bounds.lastDay !== null && bounds.lastDay < monthStart(bounds.today);
  return { preset: stale ? "latest-month" : "this-month" };
}

export function resolveRange(range: Range, bounds: Bounds): Days {
  if (!("preset" in range)) return range;
  const { today } = bounds;
  const lastDay = bounds.lastDay ?? today;
  switch (range.preset) {
    case "this-month":
      return { start: monthStart(today), end: today };
    case "latest-month":
      return { start: monthStart(lastDay), end: lastDay };
    case "previous-month":
      return { start: addMonths(monthStart(today), -1), end: addDays(monthStart(today), -1) };
    case "30d":
      return { start: addDays(today, -29), end: today };
    case "90d":
      return { start: addDays(today, -89), end: today };
    case "all":
      return { start: bounds.firstDay ?? today, end: lastDay };
  }
}

function isWholeMonths(days: Days): boolean {
  return days.start === monthStart(days.start) && days.end === monthEnd(days.end);
}

function monthsBetween(days: Days): number {
  const [from, to] = [days.start, days.end].map((day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)));
  return (to ?? 0) - (from ?? 0) + 1;
}

/**
 * The period to compare with: whole months with as many months before, a month up to some day with the same days of
 * the month before, anything else with as many days before.
 */
export function periodBefore(days: Days): Days {
  if (isWholeMonths(days)) {
    const months = monthsBetween(days);
    return { start: addMonths(days.start, -months), end: addDays(days.start, -1) };
  }
  if (days.start === monthStart(days.start) && monthsBetween(days) === 1) {
    return { start: addMonths(days.start, -1), end: addMonths(days.end, -1) };
  }
  return { start: addDays(days.start, -lengthInDays(days)), end: addDays(days.start, -1) };
}

/** The days of a report's bucket ("2026-08-12" or "2026-08") that lie inside the range. */
export function bucketDays(bucket: string, days: Days): Days {
  if (isDay(bucket)) return { start: bucket, end: bucket };
  const first = `${bucket}-01`;
  const last = monthEnd(first);
  return { start: first < days.start ? days.start : first, end: last > days.end ? days.end : last };
}

function shown(options: Intl.DateTimeFormatOptions, locale?: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
}

/** Aug 1 – 31, 2026 in the reader's language. */
export function formatDays(days: Days, locale?: string): string {
  const format = shown({ year: "numeric", month: "short", day: "numeric" }, locale);
  return days.start === days.end
    ? format.format(instant(days.start))
    : format.formatRange(instant(days.start), instant(days.end));
}

/** A bucket's label: Aug 12, or Aug 2026 for a month. */
export function formatBucket(bucket: string, locale?: string): string {
  return isDay(bucket)
    ? shown({ month: "short", day: "numeric" }, locale).format(instant(bucket))
    : shown({ month: "short", year: "numeric" }, locale).format(instant(`${bucket}-01`));
}
