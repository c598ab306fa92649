/** Amounts of time and of bytes, written as texts with their units. */

import { type JsonValue } from "./program.ts";

/** An amount that can't be read; the message says what would be right. */
export class AmountError extends Error {}

/** How a setting was given before it was a text with a unit: as a whole number of this unit. */
export interface AmountKind {
  readonly kind: "duration" | "size";
  /** What a bare number counts, such as `s`, `us`, `M` or `Mi`; empty for bytes. */
  readonly unit: string;
}

const DURATION_UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1000n],
  ["\u00B5s", 1000n],
  ["\u03BCs", 1000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
  ["d", 86_400_000_000_000n],
]);
const SIZE_UNITS: ReadonlyMap<string, bigint> = new Map([
  ["", 1n],
  ["k", 1000n],
  ["K", 1000n],
  ...Array.from("MGTPE", (letter, i) => [letter, 1000n ** BigInt(i + 2)] as const),
  ...Array.from("KMGTPE", (letter, i) => [`${letter}i`, 1024n ** BigInt(i + 1)] as const),
]);
const TERM = /^ *(\d*)(?:\.(\d*))? *([^\d. ]*)/u;
/** More digits after the point than anyone writes. */
const MAX_FRACTION = 18;
const MAX_AMOUNT = 2n ** 64n - 1n;

/** Nanoseconds of a text such as `500ms`, `30 s` or `1h30m`; throws `AmountError`. */
export function parseDuration(text: string): bigint {
  const wanted = `a duration such as '500ms', '30s' or '1h30m'`;
  let rest = text.trim().replace(/^\+/u, "");
  if (rest === "0") return 0n;
  let total = 0n;
  do {
    const { amount, length } = term(rest, DURATION_UNITS, { text, wanted });
    total += amount;
    rest = rest.slice(length);
  } while (rest.trim() !== "");
  return bounded(total, MAX_AMOUNT * 1_000_000_000n, text);
}

/** Bytes of a text such as `16G`, `4 GiB` or `4096`; throws `AmountError`. */
export function parseSize(text: string): bigint {
  const wanted = "a size such as '16G', '4Gi' or '4096'";
  const rest = text.trim().replace(/^\+/u, "").replace(/B$/u, "");
  const { amount, length } = term(rest, SIZE_UNITS, { text, wanted });
  if (length < rest.length) throw new AmountError(`'${text}' is not ${wanted}`);
  return bounded(amount, MAX_AMOUNT, text);
}

/**
 * An amount as it is given: a text, or a whole number of the kind's unit. In nanoseconds or bytes;
 * throws `AmountError`, also for a text that has no unit where numbers count another one than bytes.
 */
export function amountOf(value: JsonValue, { kind, unit }: AmountKind): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) {
    return BigInt(value) * unitOf(kind, unit);
  }
  const example = kind === "duration" ? "'30s'" : "'4Gi'";
  if (typeof value !== "string") {
    throw new AmountError(
      `takes a text such as ${example}, or a whole number from 0, got ${JSON.stringify(value)}`,
    );
  }
  if (kind === "duration") return parseDuration(value);
  if (unit !== "" && /^\+?[\d.]+$/u.test(value.trim())) {
    throw new AmountError(`'${value}' has no unit; write a size such as '${value.trim()}${unit}'`);
  }
  return parseSize(value);
}

/** A whole number of a unit that is no less than the amount. */
export function inUnits(amount: bigint, { kind, unit }: AmountKind): number {
  const one = unitOf(kind, unit);
  return Number((amount + one - 1n) / one);
}

function unitOf(kind: AmountKind["kind"], unit: string): bigint {
  const one = (kind === "duration" ? DURATION_UNITS : SIZE_UNITS).get(unit);
  if (one === undefined) throw new TypeError(`there is no unit '${unit}'`);
  return one;
}

function term(
  rest: string,
  units: ReadonlyMap<string, bigint>,
  { text, wanted }: { readonly text: string; readonly wanted: string },
): { readonly amount: bigint; readonly length: number } {
  const [all = "", whole = "", fraction = "", name = ""] = TERM.exec(rest) ?? [];
  const unit = units.get(name);
  if (unit === undefined || (whole === "" && fraction === "")) {
    const known = [...units.keys()].filter((one) => /^[a-zA-Z]+$/u.test(one)).join(", ");
    throw new AmountError(`'${text}' is not ${wanted}; units are ${known}`);
  }
  const digits = fraction.slice(0, MAX_FRACTION);
  const scale = 10n ** BigInt(digits.length);
  const part = (unit * BigInt(digits === "" ? "0" : digits) + scale / 2n) / scale;
  return { amount: BigInt(whole === "" ? "0" : whole) * unit + part, length: all.length };
}

function bounded(amount: bigint, most: bigint, text: string): bigint {
  if (amount > most) throw new AmountError(`'${text}' is too large`);
  return amount;
}
