/** Reading back what JSON lines hold, for the tests of this package. */

import { type OutputColumn, type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

/** A number as it is written, with all its digits. */
class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The row that a line holds; throws where it is no JSON, or lacks a column or has another. */
export function readRow(columns: readonly OutputColumn[], line: string): readonly Value[] {
  const row = fieldsOf(
    JSON.parse(line, (_key, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" ? new Digits(context?.source ?? "") : value,
    ),
  );
  if (row.size !== columns.length) throw new TypeError(`${line} has ${row.size} columns`);
  return columns.map(({ id, type }) => read(type, row.get(id.name)));
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null) throw new TypeError("there is no object");
  return new Map(Object.entries(value));
}

function read(type: ColumnType, value: unknown): Value {
  if (value === null) return null;
  switch (type.kind) {
    case "boolean":
      return value === true || value === "true";
    case "array":
      return listOf(value).map((item) => read(type.element, item));
    case "row": {
      const fields = fieldsOf(value);
      return type.fields.map((field) => read(field.type, fields.get(field.name)));
    }
    case "map":
      return [...fieldsOf(value)].map(([key, one]) => [
        readKey(type.key, key),
        read(type.value, one),
      ]);
    case "binary":
      return Uint8Array.from(listOf(value), (byte) => Number(textOf(byte)));
    case "integer":
    case "decimal":
    case "real":
    case "double":
    case "date":
    case "time":
    case "timestamp":
    case "text":
    case "uuid":
    case "variant":
      return scalar(type, textOf(value));
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

/** Keys that are no scalars are JSON in a text. */
function readKey(type: ColumnType, key: string): Value {
  if (type.kind !== "row" && type.kind !== "array" && type.kind !== "binary")
    return read(type, key);
  const of = { id: { name: "key", quoted: true }, type, nullable: true };
  return readRow([of], `{"key":${key}}`)[0] ?? null;
}

type ScalarType = Exclude<ColumnType, { kind: "boolean" | "array" | "row" | "map" | "binary" }>;

function scalar(type: ScalarType, text: string): Value {
  switch (type.kind) {
    case "integer":
      return type.bits === 64 ? BigInt(text) : Number(text);
    case "decimal":
      return decimal(text, type.scale);
    case "real":
      return Math.fround(Number(text));
    case "double":
      return Number(text);
    case "date":
      return days(text);
    case "time":
      return nanosecondsOfDay(text);
    case "timestamp": {
      const [date = "", time = ""] = text.split("T");
      return BigInt(days(date)) * 86_400_000_000_000n + nanosecondsOfDay(time);
    }
    case "text":
    case "uuid":
    case "variant":
      return text;
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("there is no array");
  return value;
}

function textOf(value: unknown): string {
  if (value instanceof Digits) return value.text;
  if (typeof value === "string") return value;
  throw new TypeError(`there is neither text nor number: ${String(value)}`);
}

function decimal(text: string, scale: number): bigint {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/u.exec(text) ?? [];
  if (fraction.length !== scale) throw new TypeError(`${text} has not ${scale} fraction digits`);
  const size = BigInt(whole + fraction);
  return sign === "" ? size : -size;
}

function days(text: string): number {
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(ms)) throw new TypeError(`${text} is no date`);
  return ms / 86_400_000;
}

function nanosecondsOfDay(text: string): bigint {
  const [, hours = "", minutes = "", seconds = "", fraction = ""] =
    /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/u.exec(text) ?? [];
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}
