/**
 * Exact decimal arithmetic on the digits that the server sent.
 *
 * Money arrives as text (see api/client.ts) and never becomes a JavaScript number: a Decimal is a whole number of
 * units of 10^-scale, held in a bigint, so sums and differences are exact for any number of digits.
 */

/** The decimal digits of a number, plain or with an exponent, as they stood in the JSON. */
export type Digits = string;

export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

export const ZERO: Decimal = { units: 0n, scale: 0 };

/** Reads decimal digits; throws SyntaxError for anything that is not a number. */
export function parseDecimal(text: Digits): Decimal {
  const match = NUMBER.exec(text.trim());
  const whole = match?.[2] ?? "";
  const fraction = match?.[3] ?? "";
  if (!match || whole + fraction === "") throw new SyntaxError(`not a decimal number: ${text}`);
  const exponent = Number(match[4] ?? 0);
  const magnitude = BigInt(whole + fraction);
  const units = match[1] === "-" ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

function align(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale), scale];
}

export function add(a: Decimal, b: Decimal): Decimal {
  const [left, right, scale] = align(a, b);
  return { units: left + right, scale };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { units: -b.units, scale: b.scale });
}

export function sum(values: Iterable<Decimal>): Decimal {
  let total = ZERO;
  for (const value of values) total = add(total, value);
  return total;
}

/** Negative, zero or positive, as sort functions want it. */
export function compare(a: Decimal, b: Decimal): number {
  const [left, right] = align(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function equals(a: Decimal, b: Decimal): boolean {
  return compare(a, b) === 0;
}

/** Plain notation without trailing zeros after the point: 1.5, -0.000000000000000001, 12. */
export function toText(value: Decimal): Digits {
  const negative = value.units < 0n;
  const digits = (negative ? -value.units : value.units).toString().padStart(value.scale + 1, "0");
  const point = digits.length - value.scale;
  const fraction = digits.slice(point).replace(/0+$/, "");
  return `${negative ? "-" : ""}${digits.slice(0, point)}${fraction ? `.${fraction}` : ""}`;
}

/** part / whole as decimal digits with `places` after the point, rounded half away from zero; null when whole is 0. */
export function ratio(part: Decimal, whole: Decimal, places: number): Digits | null {
  const [numerator, denominator] = align(part, whole);
  if (denominator === 0n) return null;
  const scaled = 2n * numerator * 10n ** BigInt(places);
  const halves = scaled / denominator;
  const rounded = (halves + (halves < 0n ? -1n : 1n)) / 2n;
  return toText({ units: rounded, scale: places });
}

/** For pixels only: a bar's height may be a float, a shown or summed amount may not. */
export function forChart(value: Decimal): number {
  return Number(toText(value));
}
