/** Converts a value given as text (a CSV field, the key of a map) into its column's representation. */

import { type Value } from "@tidemark/connector";
import { type ColumnType, renderColumnType } from "@tidemark/program";

import { parseDate, parseTime, parseTimestamp } from "./date-time.ts";
import { parseDecimal } from "./decimal.ts";
import { integerReader, uuidText } from "./scalar.ts";
import { timestampFitter } from "./timestamp-range.ts";
import { ValueFault, wrongType, wrongValue } from "./value-fault.ts";

/** Converts one text; throws `ValueFault`. */
export type TextReader = (text: string) => Value;

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The reader of one scalar type; `nested` reads the JSON text of the others. */
export function textReader(type: ColumnType, nested: (type: ColumnType) => TextReader): TextReader {
  switch (type.kind) {
    case "boolean":
      return readBoolean;
    case "integer": {
      const read = integerReader(type);
      return (text) => read.fromText(text) ?? fail(wrongTextOrRange(text, read.expected));
    }
    case "decimal":
      return (text) => decimalOf(text, type);
    case "real":
      return (text) => finite(Math.fround(floatOf(text)), text, "a 32-bit float");
    case "double":
      return (text) => finite(floatOf(text), text, "a 64-bit float");
    case "text":
      return (text) => text;
    case "date":
      return (text) => parseDate(text) ?? fail(wrongValue(text, "a date YYYY-MM-DD"));
    case "time":
      return (text) => parseTime(text) ?? fail(wrongValue(text, "a time HH:MM:SS[.f]"));
    case "timestamp": {
      const fit = timestampFitter(type);
      return (text) =>
        fit(parseTimestamp(text) ?? fail(wrongValue(text, "a timestamp YYYY-MM-DD HH:MM:SS[.f]")));
    }
    case "uuid":
      return (text) => uuidText(text) ?? fail(wrongValue(text, "a UUID"));
    case "binary":
    case "variant":
    case "array":
    case "map":
    case "row":
      break;
  }
  return nested(type);
}

/** The reader of a scalar type that has a text of its own. */
export function textReaderOf(type: ColumnType): TextReader {
  return textReader(type, (nested) => {
    throw new TypeError(`${nested.kind} has no text of its own`);
  });
}

/** Reads a decimal's text as units of its scale; throws `ValueFault`. */
export function decimalOf(text: string, type: Extract<ColumnType, { kind: "decimal" }>): bigint {
  const units = parseDecimal(text, type.precision, type.scale);
  if (typeof units === "bigint") return units;
  if (units === "malformed") throw wrongValue(text, `a decimal number`);
  throw new ValueFault(
    `invalid value: \`${text.slice(0, 200)}\` does not fit ${renderColumnType(type)}: ${units}`,
  );
}

function readBoolean(text: string): boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  throw wrongValue(text, "`true` or `false`");
}

/** Reads the text of a finite number; throws `ValueFault`. */
export function floatOf(text: string): number {
  const trimmed = text.trim();
  if (!FLOAT.test(trimmed)) throw wrongValue(text, "a floating point number");
  return Number(trimmed);
}

/** Lets a finite number through; throws `ValueFault` where it is out of range. */
export function finite(value: number, given: unknown, expected: string): number {
  if (Number.isFinite(value)) return value;
  throw wrongValue(given, expected);
}

function wrongTextOrRange(text: string, expected: string): ValueFault {
  return /^[+-]?\d+$/.test(text)
    ? new ValueFault(`invalid value: integer \`${text.slice(0, 200)}\`, expected ${expected}`)
    : wrongType(text, expected);
}

function fail(fault: ValueFault): never {
  throw fault;
}
