/** Integers and UUIDs: their ranges and texts. */

import { type ColumnType } from "@tidemark/program";

/** Reads integers of one type; answers undefined for what is none, or out of its range. */
export interface IntegerReader {
  /** What a message says is expected, for example `i32`. */
  readonly expected: string;
  readonly fromNumber: (value: number) => number | bigint | undefined;
  readonly fromText: (text: string) => number | bigint | undefined;
}

const INTEGER = /^[+-]?\d{1,40}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const BARE_UUID = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The reader of an integer type: numbers up to 32 bits, bigints of 64. */
export function integerReader(type: Extract<ColumnType, { kind: "integer" }>): IntegerReader {
  const expected = `${type.unsigned ? "u" : "i"}${type.bits}`;
  const bits = BigInt(type.bits);
  const min = type.unsigned ? 0n : -(1n << (bits - 1n));
  const max = (1n << (type.unsigned ? bits : bits - 1n)) - 1n;
  return type.bits === 64 ? longReader(expected, min, max) : shortReader(expected, min, max);
}

function shortReader(expected: string, minimum: bigint, maximum: bigint): IntegerReader {
  const min = Number(minimum);
  const max = Number(maximum);
  const fromNumber = (value: number): number | undefined =>
    Number.isInteger(value) && value >= min && value <= max ? value + 0 : undefined;
  return {
    expected,
    fromNumber,
    fromText: (text) => (INTEGER.test(text) ? fromNumber(Number(text)) : undefined),
  };
}

function longReader(expected: string, min: bigint, max: bigint): IntegerReader {
  const inRange = (value: bigint): bigint | undefined =>
    value >= min && value <= max ? value : undefined;
  const unsigned = min === 0n;
  return {
    expected,
    fromNumber: (value) =>
      Number.isSafeInteger(value) && !(unsigned && value < 0) ? BigInt(value) : undefined,
    fromText: (text) =>
      INTEGER.test(text) ? inRange(BigInt(text.startsWith("+") ? text.slice(1) : text)) : undefined,
  };
}

/** The lower-case text of a UUID written with or without hyphens; undefined where it is none. */
export function uuidText(text: string): string | undefined {
  const lower = text.trim().toLowerCase();
  if (UUID.test(lower)) return lower;
  const bare = BARE_UUID.exec(lower);
  return bare === null ? undefined : bare.slice(1).join("-");
}
