/** Writes values as JSON, every number with all its digits. */

import { type OutputColumn, type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { formatDate, formatTime, formatTimestamp } from "./date-time.ts";
import { formatDecimal } from "./decimal.ts";

/** Writes a value of one type as JSON text. */
type JsonWriter = (value: Value) => string;

/** Writes rows of these columns as JSON objects. */
export function jsonRowEncoder(
  columns: readonly OutputColumn[],
): (row: readonly Value[]) => string {
  const writers = columns.map(({ id, type }) => ({
    key: `${JSON.stringify(id.name)}:`,
    write: jsonWriter(type),
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
function jsonWriter(type: ColumnType): JsonWriter {
  const write = presentWriter(type);
  return (value) => (value === null ? "null" : write(value));
}

function presentWriter(type: ColumnType): JsonWriter {
  switch (type.kind) {
    case "decimal":
      return (value) => plain(typeof value === "bigint" ? formatDecimal(value, type.scale) : value);
    case "real":
      return (value) => (typeof value === "number" ? floatText(value) : plain(value));
    case "variant":
      return plain;
    case "binary":
      return (value) => `[${value instanceof Uint8Array ? value.join(",") : ""}]`;
    case "array": {
      const write = jsonWriter(type.element);
      return (value) => `[${elements(value).map(write).join(",")}]`;
    }
    case "row":
      return rowWriter(type);
    case "map":
      return mapWriter(type);
    case "date":
    case "time":
    case "timestamp":
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

function rowWriter(type: Extract<ColumnType, { kind: "row" }>): JsonWriter {
  const encode = jsonRowEncoder(
    type.fields.map((field) => ({
      id: { name: field.name, quoted: field.quoted },
      type: field.type,
      nullable: field.nullable,
    })),
  );
  return (value) => encode(elements(value));
}

function mapWriter(type: Extract<ColumnType, { kind: "map" }>): JsonWriter {
  const writeValue = jsonWriter(type.value);
  return (value) => {
    const entries = elements(value).map((entry) => {
      const [key = null, one = null] = elements(entry);
      return `${JSON.stringify(scalarText(type.key, key))}:${writeValue(one)}`;
    });
    return `{${entries.join(",")}}`;
  };
}

/** The text of a value as CSV and map keys have it: unquoted, nested types as JSON; NULL is empty. */
export function scalarText(type: ColumnType, value: Value): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (type.kind === "date" && typeof value === "number") return formatDate(value);
  if (type.kind === "time" && typeof value === "bigint") return formatTime(value);
  if (type.kind === "timestamp" && typeof value === "bigint") return formatTimestamp(value);
  return presentWriter(type)(value);
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
