/** Converts the stored values of one leaf of a Parquet file. */

import { isUtf8 } from "node:buffer";

import { type ColumnType, renderColumnType } from "@tidemark/program";
import { type SchemaElement } from "hyparquet";

import { formatDecimal } from "./decimal.ts";
import { type ParquetReader } from "./parquet-value.ts";
import { jsonReader } from "./json-value.ts";
import { jsonFlavors } from "./json-flavor.ts";
import { isTimeOfDay, timeUnitNs } from "./parquet-time.ts";
import { timestampFitter } from "./timestamp-range.ts";
import { finite, textReaderOf } from "./text-value.ts";
import { ValueFault, wrongType, wrongValue } from "./value-fault.ts";

type LeafType = Exclude<ColumnType, { kind: "array" | "map" | "row" }>;

/** The reader of a scalar type for a leaf; throws `ValueFault` where the leaf is of another kind. */
export function leafReader(type: LeafType, element: SchemaElement): ParquetReader {
  const misfit = new ValueFault(
    `the file's column '${element.name}' of type ${leafName(element)} does not fit ${renderColumnType(type)}`,
    element.name,
  );
  const physical = element.type ?? "BOOLEAN";
  const isBytes = physical === "BYTE_ARRAY" || physical === "FIXED_LEN_BYTE_ARRAY";
  switch (type.kind) {
    case "boolean":
      if (physical === "BOOLEAN") return readBoolean;
      break;
    case "binary":
      if (isBytes) return bytesOf;
      break;
    case "uuid":
      if (physical === "FIXED_LEN_BYTE_ARRAY" && element.type_length === 16) return uuidOf;
      if (physical === "BYTE_ARRAY") return byText(type);
      break;
    case "text":
    case "variant":
      if (physical === "BYTE_ARRAY") return type.kind === "text" ? textOf : variantReader(type);
      break;
    case "date":
      if (physical === "INT32") return dateReader;
      break;
    case "time":
    case "timestamp":
      return momentReader(type, element, misfit);
    case "integer":
    case "decimal":
    case "real":
    case "double":
      if (physical !== "BOOLEAN" && physical !== "INT96") return numberReader(type, element);
      break;
  }
  throw misfit;
}

function leafName({ type, logical_type, converted_type }: SchemaElement): string {
  const meaning = logical_type?.type ?? converted_type;
  return `${type ?? "?"}${meaning === undefined ? "" : ` (${meaning})`}`;
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(value, "a boolean");
  return value;
}

function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongType(value, "bytes");
  return new Uint8Array(value);
}

function textOf(value: unknown): string {
  const bytes = bytesOf(value);
  if (!isUtf8(bytes)) throw new ValueFault("invalid UTF-8");
  return Buffer.from(bytes).toString("utf8");
}

function uuidOf(value: unknown): string {
  const hex = Buffer.from(bytesOf(value)).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-");
}

function variantReader(type: LeafType): ParquetReader {
  const flavor = jsonFlavors.get("snowflake");
  if (flavor === undefined) throw new TypeError("the flavor is missing");
  const read = jsonReader(type, flavor);
  return (value) => read(textOf(value));
}

function byText(type: LeafType): ParquetReader {
  const read = textReaderOf(type);
  return (value) => read(textOf(value));
}

function dateReader(value: unknown): number {
  if (typeof value !== "number" || value < -719_528 || value > 2_932_896) {
    throw wrongValue(value, "a day of the years 0 to 9999");
  }
  return value;
}

function momentReader(
  type: LeafType & { kind: "time" | "timestamp" },
  element: SchemaElement,
  misfit: ValueFault,
): ParquetReader {
  const unit = timeUnitNs(element, type.kind);
  if (unit === undefined) throw misfit;
  const fit = type.kind === "timestamp" ? timestampFitter(type) : undefined;
  return (value) => {
    const ns = wholeNumber(value) * unit;
    if (fit !== undefined) return fit(ns);
    if (!isTimeOfDay(ns)) throw new ValueFault(`invalid value: ${ns} ns is no time of the day`);
    return ns;
  };
}

function wholeNumber(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  throw wrongType(value, "a whole number");
}

/** Goes by the number's decimal text, which every kind of number has exactly. */
function numberReader(
  type: LeafType & { kind: "integer" | "decimal" | "real" | "double" },
  element: SchemaElement,
): ParquetReader {
  const read = textReaderOf(type);
  const isFloat = element.type === "FLOAT" || element.type === "DOUBLE";
  if (isFloat && type.kind === "double") return (value) => finite(Number(value), value, "a number");
  if (isFloat) return (value) => read(String(value));
  if (element.type === "BYTE_ARRAY" && !isDecimal(element)) return (value) => read(textOf(value));
  const scale = isDecimal(element) ? (element.scale ?? 0) : 0;
  const bits = element.type === "INT32" ? 32 : 64;
  return (value) => {
    const units = value instanceof Uint8Array ? bigEndian(value) : wholeNumber(value);
    const number = isUnsigned(element) ? BigInt.asUintN(bits, units) : units;
    return read(formatDecimal(number, scale));
  };
}

function isDecimal({ logical_type, converted_type }: SchemaElement): boolean {
  return logical_type?.type === "DECIMAL" || converted_type === "DECIMAL";
}

function isUnsigned({ logical_type, converted_type }: SchemaElement): boolean {
  if (logical_type?.type === "INTEGER") return !logical_type.isSigned;
  return converted_type?.startsWith("UINT") === true;
}

/** The number that bytes are in two's complement, highest first. */
function bigEndian(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).toString("hex");
  return hex === "" ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}
