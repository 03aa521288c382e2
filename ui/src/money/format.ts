/**
 * Decimal digits as people read them. Intl.NumberFormat takes digits as text and rounds them exactly, so no amount
 * passes through a float on its way to the screen.
 */
import type { Decimal, Digits } from "./decimal";
import { compare, parseDecimal, ratio, toText, ZERO } from "./decimal";

export interface Money {
  readonly value: Digits;
  readonly units: string;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions, locale?: string): Intl.NumberFormat {
  const key = JSON.stringify([locale, options]);
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, options);
  formatters.set(key, made);
  return made;
}

function format(made: Intl.NumberFormat, digits: Digits): string {
  return made.format(digits as Intl.StringNumericLiteral);
}

function moneyFormatter(units: string, locale?: string, extra: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return /^[A-Z]{3}$/.test(units)
    ? formatter({ style: "currency", currency: units, currencyDisplay: "narrowSymbol", ...extra }, locale)
    : formatter({ minimumFractionDigits: 2, maximumFractionDigits: 2, ...extra }, locale);
}

function withUnits(shown: string, units: string): string {
  return units === "" || /^[A-Z]{3}$/.test(units) ? shown : `${shown} ${units}`;
}

/** $1,234.57. A non-zero amount that rounds to nothing is shown as <$0.01, never as zero. */
export function formatMoney(money: Money, locale?: string): string {
  const made = moneyFormatter(money.units, locale);
  const shown = format(made, toText(parseDecimal(money.value)));
  const value = parseDecimal(money.value);
  const smallest = made.resolvedOptions().maximumFractionDigits ?? 2;
  const half: Decimal = { units: 5n, scale: smallest + 1 };
  const size: Decimal = { units: value.units < 0n ? -value.units : value.units, scale: value.scale };
  if (value.units === 0n || compare(size, half) >= 0) return withUnits(shown, money.units);
  const cent = format(made, toText({ units: 1n, scale: smallest }));
  return withUnits(`${value.units < 0n ? "−" : ""}<${cent}`, money.units);
}

/** +$12.00 or −$3.50, for changes. */
export function formatChange(money: Money, locale?: string): string {
  const shown = format(moneyFormatter(money.units, locale, { signDisplay: "exceptZero" }), money.value);
  return withUnits(shown.replace("-", "−"), money.units);
}

/** Every digit, with its unit: 1234.567891234567891 USD. */
export function formatExact(money: Money): string {
  return `${toText(parseDecimal(money.value))} ${money.units}`.trim();
}

/** A whole, at 12.3%; null (nothing to compare with) as a dash. */
export function formatPercent(part: Decimal, whole: Decimal, locale?: string): string {
  const share = ratio(part, whole, 6);
  return share === null ? "–" : format(formatter({ style: "percent", maximumFractionDigits: 1 }, locale), share);
}

/** The change from `before` to `now` with its sign: +3.2%, −100%; null when there was nothing before. */
export function formatPercentChange(change: Decimal, before: Decimal, locale?: string): string | null {
  const size: Decimal = compare(before, ZERO) < 0 ? { units: -before.units, scale: before.scale } : before;
  const share = ratio(change, size, 6);
  if (share === null) return null;
  const options = { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" } as const;
  return format(formatter(options, locale), share).replace("-", "−");
}

/** Axis labels: $1.2K. Takes a float, as axes do. */
export function formatAxis(value: number, units: string, locale?: string): string {
  const extra = { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 } as const;
  return moneyFormatter(units, locale, extra).format(value);
}

export function formatCount(value: number, locale?: string): string {
  return formatter({}, locale).format(value);
}
