/** Parses JSON without losing digits of its numbers. */

import { type ColumnType, type Field } from "@tidemark/program";
import { LosslessNumber, parse, stringify } from "lossless-json";

/**
 * Finds numbers that a 64-bit float may not hold exactly: 16 characters of digits and point, or an
 * exponent that may leave its range. At most 15 significant digits survive parsing and printing.
 */
const MAY_LOSE = /(?:^|[:,[\s-])[\d.]{16,}|\d[eE][+-]?\d{3}/;

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
  if (kept.includes("long numbers")) return (text) => MAY_LOSE.test(text);
  return () => false;
}

/** The JSON text of a parsed value, its numbers as they were written. */
export function jsonText(value: unknown): string {
  return stringify(value) ?? "null";
}

function exactness(type: ColumnType): "always" | "long numbers" | "never" {
  switch (type.kind) {
    case "variant":
      return "always";
    case "decimal":
      return "long numbers";
    case "integer":
      return type.bits === 64 ? "long numbers" : "never";
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

function strictest(fields: readonly Field[]): "always" | "long numbers" | "never" {
  const all = fields.map((field) => exactness(field.type));
  if (all.includes("always")) return "always";
  return all.includes("long numbers") ? "long numbers" : "never";
}
