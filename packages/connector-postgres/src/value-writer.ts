/** Value writers: a value as PostgreSQL writes it, as the JSON that the decoder of rows reads. */

import { type ColumnType } from "@tidemark/program";
import { parse } from "postgres-array";

import { type SourceType } from "./source-type.ts";

/** Writes the text of one value, which is not NULL, as JSON. */
export type ValueWriter = (text: string) => string;

/** The writer of a type's values for a column; undefined where the column can't take them. */
export function valueWriter(source: SourceType, column: ColumnType): ValueWriter | undefined {
  switch (column.kind) {
    case "text":
      return writeText;
    case "variant":
      return writeVariant(source);
    case "array":
      if (source.kind === "array") return arrayWriter(source.element, column);
      return source.kind === "json" ? writeJson : undefined;
    case "map":
    case "row":
      return source.kind === "json" ? writeJson : undefined;
    case "boolean":
      return source.kind === "boolean" ? writeBoolean : undefined;
    case "integer":
      return isNumber(source) ? writeWhole : undefined;
    case "decimal":
    case "real":
    case "double":
      return isNumber(source) ? writeNumber : undefined;
    case "date":
    case "time":
    case "uuid":
      return source.kind === column.kind ? writeText : undefined;
    case "timestamp":
      return timestampWriter(source);
    case "binary":
      return source.kind === "bytes" ? writeBytes : undefined;
    default:
      throw new TypeError(`unknown type ${String(column satisfies never)}`);
  }
}

/** The types of columns that take the type's values, as a message offers them. */
export function fittingTypes(source: SourceType): string {
  const own = source.kind === "array" ? arraysOf(source.element) : FITTING[source.kind];
  return own === "" ? "VARCHAR" : `${own} or VARCHAR`;
}

const FITTING: Readonly<Record<Exclude<SourceType["kind"], "array">, string>> = {
  boolean: "BOOLEAN",
  integer: "INT, BIGINT, DECIMAL",
  number: "DECIMAL, DOUBLE",
  json: "VARIANT, MAP, ROW",
  bytes: "VARBINARY",
  date: "DATE",
  time: "TIME",
  timestamp: "TIMESTAMP",
  timestamptz: "TIMESTAMP",
  uuid: "UUID",
  text: "",
};

/** Elements that no other type takes are texts. */
function arraysOf(element: SourceType): string {
  const [first = "VARCHAR"] = fittingTypes(element).split(/,| or /u);
  return `${first} ARRAY`;
}

function isNumber({ kind }: SourceType): boolean {
  return kind === "integer" || kind === "number";
}

function timestampWriter({ kind }: SourceType): ValueWriter | undefined {
  if (kind === "timestamptz") return writeInstant;
  return kind === "timestamp" || kind === "date" ? writeText : undefined;
}

function writeText(text: string): string {
  return JSON.stringify(text);
}

function writeBoolean(text: string): string {
  return text === "t" ? "true" : "false";
}

/** What JSON has no number for (NaN, Infinity) is a text that the decoder refuses by name. */
function writeNumber(text: string): string {
  return /^-?\d/u.test(text) ? text : JSON.stringify(text);
}

/** A whole number may have a fraction of zeros, where its type has a scale. */
function writeWhole(text: string): string {
  return writeNumber(text.replace(/\.0+$/u, ""));
}

/** Events are lines; in JSON a line can end between values only. */
function writeJson(text: string): string {
  return text.replaceAll(/[\r\n]/gu, " ");
}

function writeBytes(text: string): string {
  return JSON.stringify(text.replace(/^\\x/u, "0x"));
}

/** An offset of whole hours is written without minutes, which RFC 3339 asks for. */
function writeInstant(text: string): string {
  return JSON.stringify(text.replace(/[+-]\d{2}$/u, "$&:00"));
}

/** As JSON of its own kind where it has one, and as a text where it hasn't. */
function writeVariant(source: SourceType): ValueWriter {
  if (source.kind === "array") return eachElement(writeVariant(source.element));
  if (source.kind === "boolean") return writeBoolean;
  if (source.kind === "json") return writeJson;
  return isNumber(source) ? writeNumber : writeText;
}

/** An array has as many dimensions as its value has, whatever is declared; so the elements decide. */
function arrayWriter(
  element: SourceType,
  column: Extract<ColumnType, { readonly kind: "array" }>,
): ValueWriter | undefined {
  const direct = valueWriter(element, column.element);
  if (direct !== undefined) return eachElement(direct);
  return column.element.kind === "array" ? arrayWriter(element, column.element) : undefined;
}

function eachElement(write: ValueWriter): ValueWriter {
  return (text) => nested(parse(text, write));
}

/** Elements are JSON already; NULLs are not passed through the transform. */
function nested(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(nested).join(",")}]`;
  return typeof value === "string" ? value : "null";
}
