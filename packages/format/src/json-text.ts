/** Writes values as JSON, every number with all its digits. */

import { type OutputColumn, type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { formatDate, formatTime } from "./date-time.ts";
import { formatDecimal } from "./decimal.ts";
import { type JsonStyle, standardStyle } from "./json-style.ts";

/** Writes a value of one type as JSON text. */
type JsonWriter = (value: Value) => string;

/** Writes rows of these columns as JSON objects. */
export function jsonRowEncoder(
  columns: readonly OutputColumn[],
  style: JsonStyle = standardStyle,
): (row: readonly Value[]) => string {
  const writers = columns.map(({ id, type }) => ({
    key: `${JSON.stringify(id.name)}:`,
    write: jsonWriter(type, style),
  }));
  return (row) => {
    let text = "{";
    for (let index = 0; index < writers.length; index += 1) {
      const writer = writers[index];
      if (writer === undefined) continue;
      text += (index === 0 ? "" : ",") + writer.key + writer.write(row[index] ?? null);
    }
    return `${text}}`;
  };
}

/** One row as a JSON object; for many rows `jsonRowEncoder` is faster. */
export function encodeRowJson(columns: readonly OutputColumn[], row: readonly Value[]): string {
  return jsonRowEncoder(columns)(row);
}

/** Builds the writer of a type. */
function jsonWriter(type: ColumnType, style: JsonStyle): JsonWriter {
  const write = presentWriter(type, style);
  return (value) => (value === null ? "null" : write(value));
}

function presentWriter(type: ColumnType, style: JsonStyle): JsonWriter {
  switch (type.kind) {
    case "decimal":
      return decimalWriter(type.scale, style);
    case "real":
      return (value) => (typeof value === "number" ? floatText(value) : plain(value));
    case "variant":
      return style.variant === "json" ? plain : (value) => JSON.stringify(plain(value));
    case "binary":
      return (value) => style.binary(value instanceof Uint8Array ? value : new Uint8Array());
    case "array": {
      const write = jsonWriter(type.element, style);
      return (value) => `[${elements(value).map(write).join(",")}]`;
    }
    case "row":
      return rowWriter(type, style);
    case "map":
      return mapWriter(type, style);
    case "timestamp":
      return (value) =>
        JSON.stringify(typeof value === "bigint" ? style.timestamp(value) : plain(value));
    case "date":
    case "time":
    case "text":
    case "uuid":
      return (value) => JSON.stringify(scalarText(type, value));
    case "boolean":
    case "integer":
    case "double":
      break;
  }
  return plain;
}

function decimalWriter(scale: number, style: JsonStyle): JsonWriter {
  const quote = style.decimal === "text" ? '"' : "";
  return (value) =>
    `${quote}${typeof value === "bigint" ? formatDecimal(value, scale) : plain(value)}${quote}`;
}

function rowWriter(type: Extract<ColumnType, { kind: "row" }>, style: JsonStyle): JsonWriter {
  const encode = jsonRowEncoder(
    type.fields.map((field) => ({
      id: { name: field.name, quoted: field.quoted },
      type: field.type,
      nullable: field.nullable,
    })),
    style,
  );
  return (value) => encode(elements(value));
}

function mapWriter(type: Extract<ColumnType, { kind: "map" }>, style: JsonStyle): JsonWriter {
  const writeValue = jsonWriter(type.value, style);
  return (value) => {
    const entries = elements(value).map((entry) => {
      const [key = null, one = null] = elements(entry);
      return `${JSON.stringify(keyText(type.key, key, style))}:${writeValue(one)}`;
    });
    return `{${entries.join(",")}}`;
  };
}

/** The text of a map's key: what JSON would write as a text, without its quotes. */
function keyText(type: ColumnType, key: Value, style: JsonStyle): string {
  if (typeof key === "number" && !Number.isFinite(key)) return String(key);
  if (type.kind === "decimal" && typeof key === "bigint") return formatDecimal(key, type.scale);
  const text = scalarText(type, key, style);
  if ((type.kind !== "binary" && type.kind !== "variant") || key === null) return text;
  return text.startsWith('"') ? String(JSON.parse(text)) : text;
}

/** The text of a value as CSV and map keys have it: unquoted, nested types as JSON; NULL is empty. */
export function scalarText(
  type: ColumnType,
  value: Value,
  style: JsonStyle = standardStyle,
): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (type.kind === "date" && typeof value === "number") return formatDate(value);
  if (type.kind === "time" && typeof value === "bigint") return formatTime(value);
  if (type.kind === "timestamp" && typeof value === "bigint") return style.timestamp(value);
  return presentWriter(type, style)(value);
}

/** The shortest text that reads back as the same 32-bit float; `null` for what JSON can't write. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Object.is(Math.fround(short), value)) return plain(short);
  }
  return plain(value);
}

function plain(value: Value): string {
  if (typeof value !== "number") return typeof value === "object" ? "null" : String(value);
  if (!Number.isFinite(value)) return "null";
  return Object.is(value, -0) ? "-0.0" : String(value);
}

function elements(value: Value): readonly Value[] {
  return isList(value) ? value : [];
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
