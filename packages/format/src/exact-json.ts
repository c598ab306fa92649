/** Parses JSON without losing digits of its numbers. */

import { type ColumnType, type Field } from "@tidemark/program";
import { LosslessNumber, parse, stringify } from "lossless-json";

/**
 * Finds numbers that a 64-bit float may not hold exactly: 16 characters of digits and point, or an
 * exponent that may leave its range. At most 15 significant digits survive parsing and printing.
 */
const MAY_LOSE = /(?:^|[:,[\s-])[\d.]{16,}|\d[eE][+-]?\d{3}/;

/** Numbers of 16 characters of digits and point, whole, one after the other. */
const LONG_NUMBERS = /[\d.]{16,}(?:[eE][+-]?\d+)?/g;

/** An exponent that may leave a float's range. */
const LARGE_EXPONENT = /\d[eE][+-]?\d{3}/;

/** Parses a JSON text with its numbers as `LosslessNumber`; throws where it is not JSON. */
export function exactJson(text: string): unknown {
  return parse(text, undefined, {
    parseNumber: (number) => new LosslessNumber(number),
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

/** Whether plain parsing may lose digits that some column of these types would keep. */
export function precisionGuard(types: readonly ColumnType[]): (text: string) => boolean {
  const kept = types.map(exactness);
  if (kept.includes("always")) return () => true;
  if (kept.includes("long decimals")) return (text) => MAY_LOSE.test(text);
  if (kept.includes("long integers")) return hasLongInteger;
  return () => false;
}

/**
 * Whether some long number is a whole one, or out of range, once it is a float: any other is one
 * that an integer column refuses and a float column reads alike, however it is parsed.
 */
function hasLongInteger(text: string): boolean {
  if (LARGE_EXPONENT.test(text)) return true;
  for (const [written] of text.matchAll(LONG_NUMBERS)) {
    const number = Number(written);
    if (Number.isInteger(number) || !Number.isFinite(number)) return true;
  }
  return false;
}

/** The JSON text of a parsed value, its numbers as they were written. */
export function jsonText(value: unknown): string {
  return stringify(value) ?? "null";
}

/** Which numbers of a record a column keeps more of than a float does. */
type Exactness = "always" | "long decimals" | "long integers" | "never";

function exactness(type: ColumnType): Exactness {
  switch (type.kind) {
    case "variant":
      return "always";
    case "decimal":
      return "long decimals";
    case "integer":
      return type.bits === 64 ? "long integers" : "never";
    case "array":
      return exactness(type.element);
    case "map":
      return exactness(type.value);
    case "row":
      return strictest(type.fields);
    case "boolean":
    case "real":
    case "double":
    case "text":
    case "binary":
    case "date":
    case "time":
    case "timestamp":
    case "uuid":
      break;
  }
  return "never";
}

function strictest(fields: readonly Field[]): Exactness {
  const all = new Set(fields.map((field) => exactness(field.type)));
  const order: readonly Exactness[] = ["always", "long decimals", "long integers"];
  return order.find((exact) => all.has(exact)) ?? "never";
}
