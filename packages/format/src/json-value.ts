/** Converts a parsed JSON value into its column's representation. */

import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import { isLosslessNumber } from "lossless-json";

import { floatUnits } from "./decimal.ts";
import { exactJson } from "./exact-json.ts";
import { type JsonFlavor } from "./json-flavor.ts";
import { fieldMatcher, isJsonObject } from "./json-fields.ts";
import { integerReader, uuidText } from "./scalar.ts";
import { decimalOf, finite, floatOf, type TextReader, textReader } from "./text-value.ts";
import { timestampFitter } from "./timestamp-range.ts";
import { ValueFault, wrongType, wrongValue } from "./value-fault.ts";
import { variantInText, variantText } from "./variant.ts";

/**
 * Converts one value; throws `ValueFault`. Numbers come as `number` where that is exact, otherwise
 * as the parser's lossless numbers. NULL is the caller's to handle.
 */
export type JsonReader = (value: unknown) => Value;

/** Builds the reader of a type. */
export function jsonReader(type: ColumnType, flavor: JsonFlavor): JsonReader {
  switch (type.kind) {
    case "boolean":
      return readBoolean;
    case "integer":
      return readInteger(type);
    case "decimal":
      return readDecimal(type);
    case "real":
      return (value) => finite(Math.fround(readFloat(value)), value, "a 32-bit float");
    case "double":
      return (value) => finite(readFloat(value), value, "a 64-bit float");
    case "text":
      return readText;
    case "date":
      return flavor.date;
    case "time":
      return flavor.time;
    case "timestamp": {
      const fit = timestampFitter(type);
      return (value) => fit(flavor.timestamp(value));
    }
    case "binary":
      return flavor.binary;
    case "uuid":
      return readUuid;
    case "variant":
      return flavor.variant === "text" ? variantInText : variantText;
    case "array":
      return readArray(type, flavor);
    case "map":
      return readMap(type, flavor);
    case "row":
      break;
  }
  return readRow(type, flavor);
}

/** Builds the reader of a type whose values are given as JSON text. */
export function jsonTextReader(type: ColumnType, flavor: JsonFlavor): TextReader {
  const read = jsonReader(type, flavor);
  return (text) => {
    let value: unknown;
    try {
      value = exactJson(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ValueFault(`expected JSON text: ${reason}`);
    }
    return read(value);
  };
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(value, "a boolean");
  return value;
}

function readInteger(type: Extract<ColumnType, { kind: "integer" }>): JsonReader {
  const reader = integerReader(type);
  return (value) => {
    if (typeof value === "number") {
      const integer = reader.fromNumber(value);
      if (integer !== undefined) return integer;
      throw Number.isInteger(value)
        ? wrongValue(value, reader.expected)
        : wrongType(value, reader.expected);
    }
    if (!isLosslessNumber(value)) throw wrongType(value, reader.expected);
    const integer = reader.fromText(value.value);
    if (integer === undefined) throw wrongValue(value, reader.expected);
    return integer;
  };
}

function readDecimal(type: Extract<ColumnType, { kind: "decimal" }>): JsonReader {
  return (value) => {
    if (typeof value === "number") {
      return floatUnits(value, type.precision, type.scale) ?? decimalOf(String(value), type);
    }
    if (typeof value === "string") return decimalOf(value, type);
    if (isLosslessNumber(value)) return decimalOf(value.value, type);
    throw wrongType(value, "a decimal number");
  };
}

function readFloat(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string") return floatOf(value);
  if (isLosslessNumber(value)) return Number(value.value);
  throw wrongType(value, "a floating point number");
}

function readText(value: unknown): string {
  if (typeof value !== "string") throw wrongType(value, "a string");
  if (!value.isWellFormed()) throw wrongValue(value, "a string without lone surrogates");
  return value;
}

function readUuid(value: unknown): string {
  if (typeof value !== "string") throw wrongType(value, "a UUID");
  const uuid = uuidText(value);
  if (uuid === undefined) throw wrongValue(value, "a UUID");
  return uuid;
}

function readArray(type: Extract<ColumnType, { kind: "array" }>, flavor: JsonFlavor): JsonReader {
  const element = jsonReader(type.element, flavor);
  return (value) => {
    if (!Array.isArray(value)) throw wrongType(value, "a sequence");
    return value.map((one: unknown) => (one === null ? null : element(one)));
  };
}

function readMap(type: Extract<ColumnType, { kind: "map" }>, flavor: JsonFlavor): JsonReader {
  const readKey = keyReader(type.key, flavor);
  const readValue = jsonReader(type.value, flavor);
  return (value) => {
    if (!isJsonObject(value)) throw wrongType(value, "a map");
    const seen = new Set<string>();
    return Object.entries(value).map(([spelling, one]) => {
      const key = readKey(spelling);
      const name = String(key);
      if (seen.has(name)) throw new ValueFault(`the map has the key ${JSON.stringify(name)} twice`);
      seen.add(name);
      return [key, one === null ? null : readValue(one)];
    });
  };
}

/** A key is a text in JSON, whatever its type: of a VARIANT it is one, of other types it is read. */
function keyReader(type: ColumnType, flavor: JsonFlavor): TextReader {
  if (type.kind === "variant") return variantText;
  const ofJson = (nested: ColumnType): TextReader => jsonTextReader(nested, flavor);
  if (type.kind === "binary") {
    const list = ofJson(type);
    return (text) => (text.startsWith("[") ? list(text) : flavor.binary(text));
  }
  const read = textReader(type, ofJson);
  return (text) => {
    if (!text.isWellFormed()) throw wrongValue(text, "a key without lone surrogates");
    return read(text);
  };
}

function readRow(type: Extract<ColumnType, { kind: "row" }>, flavor: JsonFlavor): JsonReader {
  const fields = type.fields.map((field) => ({
    id: { name: field.name, quoted: field.quoted },
    nullable: field.nullable,
    read: jsonReader(field.type, flavor),
  }));
  const match = fieldMatcher(fields.map((field) => field.id));
  return (value) => {
    if (!isJsonObject(value) && !Array.isArray(value)) throw wrongType(value, "a map");
    const given: readonly unknown[] = Array.isArray(value) ? value : match(value);
    return fields.map((field, index): Value => {
      const one = given[index] ?? null;
      if (one !== null) return field.read(one);
      if (field.nullable) return null;
      throw new ValueFault(`missing field \`${field.id.name}\``);
    });
  };
}
