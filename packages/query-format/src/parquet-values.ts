/** Parquet values: the values of columns as the Parquet writer takes them. */

import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { inUnit } from "./timestamp-unit.ts";

/** Turns one value of a column into what the writer takes for it; NULL is `null`. */
export type ParquetValue = (value: Value) => unknown;

/** The conversion for a column type, which must be the one its schema was made from. */
export function parquetValue(type: ColumnType): ParquetValue {
  const convert = presentValue(type);
  return (value) => (value === null ? null : convert(value));
}

function presentValue(type: ColumnType): ParquetValue {
  switch (type.kind) {
    case "array": {
      const element = parquetValue(type.element);
      return (value) => items(value).map(element);
    }
    case "map":
      return mapValue(parquetValue(type.key), parquetValue(type.value));
    case "row":
      return rowValue(type.fields.map((field) => [field.name, parquetValue(field.type)] as const));
    case "timestamp":
      return (value) => (typeof value === "bigint" ? inUnit(type, value) : value);
    case "boolean":
    case "integer":
    case "decimal":
    case "real":
    case "double":
    case "binary":
    case "date":
    case "time":
    case "uuid":
    case "text":
    case "variant":
      return (value) => value;
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

function mapValue(key: ParquetValue, value: ParquetValue): ParquetValue {
  return (map) =>
    items(map).map((entry) => {
      const [k = null, v = null] = items(entry);
      return { key: key(k), value: value(v) };
    });
}

function rowValue(fields: readonly (readonly [string, ParquetValue])[]): ParquetValue {
  return (value) => {
    const row = items(value);
    return Object.fromEntries(fields.map(([name, convert], i) => [name, convert(row[i] ?? null)]));
  };
}

function items(value: Value): readonly Value[] {
  return isList(value) ? value : [];
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
