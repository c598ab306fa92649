/** Scales: the number line that a type's values are drawn from, and how a number becomes a value. */

import { ConfigError, type Value } from "@tidemark/connector";
import { type ColumnType, type JsonValue, renderColumnType } from "@tidemark/program";

/** Numbers from `low` up to but not including `high`, and the value that each stands for. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly value: (number: number) => Value;
}

const DAY_MS = 86_400_000;

/** The scale of a type that numbers stand for; undefined for text, bytes and nested types. */
export function scaleOf(type: ColumnType): Scale | undefined {
  switch (type.kind) {
    case "integer":
      return integers(type.bits, type.unsigned);
    case "decimal":
      return {
        low: 0,
        high: 10 ** Math.min(type.precision - type.scale, 15),
        value: (number) => BigInt(Math.trunc(number)) * 10n ** BigInt(type.scale),
      };
    case "real":
      return { low: 0, high: 2 ** 31, value: (number) => Math.fround(number) };
    case "double":
      return { low: 0, high: Number.MAX_SAFE_INTEGER, value: (number) => number };
    case "date":
      return { low: 0, high: 54_787, value: (number) => Math.trunc(number) };
    case "time":
      return { low: 0, high: DAY_MS, value: (ms) => BigInt(Math.trunc(ms) % DAY_MS) * 1_000_000n };
    case "timestamp":
      return {
        low: 0,
        high: 4_102_444_800_000,
        value: (ms) => BigInt(Math.trunc(ms)) * 1_000_000n,
      };
    case "boolean":
      return { low: 0, high: 2, value: (number) => Math.trunc(number) % 2 === 1 };
    case "text":
    case "binary":
    case "uuid":
    case "variant":
    case "array":
    case "map":
    case "row":
      return undefined;
    default:
      return type satisfies never;
  }
}

/** A bound of a range as a number of the type's scale; dates and times may be given as text. */
export function boundOf(type: ColumnType, bound: JsonValue | undefined, field: string): number {
  const number = typeof bound === "string" ? parseBound(type, bound) : bound;
  if (typeof number === "number" && !Number.isNaN(number)) {
    const [least, most] = limitsOf(type);
    if (number >= least && number <= most) return number;
    throw new ConfigError(
      field,
      `'${field}' is out of range for ${renderColumnType(type)}: ${JSON.stringify(bound)}`,
    );
  }
  throw new ConfigError(
    field,
    `'${field}' must be two numbers [from, to), or two texts for dates and times; got ${JSON.stringify(bound)}`,
  );
}

/** The bounds between which every number stands for a value that the type can hold. */
function limitsOf(type: ColumnType): readonly [number, number] {
  if (type.kind === "time") return [0, DAY_MS];
  if (type.kind === "date") return [-719_162, 2_932_897];
  if (type.kind !== "timestamp") return [-Infinity, Infinity];
  const isCoarse = type.precision !== undefined && type.precision <= 6;
  return isCoarse
    ? [-62_135_596_800_000, 253_402_300_800_000]
    : [-9_223_286_400_000, 9_223_372_036_854];
}

function parseBound(type: ColumnType, text: string): number | undefined {
  if (type.kind === "timestamp") return Date.parse(text);
  if (type.kind === "date") return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
  if (type.kind === "time") return Date.parse(`1970-01-01T${text}Z`);
  return undefined;
}

function integers(bits: 8 | 16 | 32 | 64, unsigned: boolean): Scale {
  const high = unsigned ? 2 ** bits : 2 ** (bits - 1);
  return {
    low: 0,
    high: Math.min(high, Number.MAX_SAFE_INTEGER),
    value: bits === 64 ? (number) => BigInt(Math.trunc(number)) : (number) => Math.trunc(number),
  };
}
