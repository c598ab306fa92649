/** Row keys: one text for all values that DuckDB takes for equal. */

import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

/** The text of these values, each of its type. */
export function rowKey(
  types: readonly ColumnType[],
  values: readonly (Value | undefined)[],
): string {
  return types.map((type, i) => valueKey(type, values[i] ?? null)).join(",");
}

function valueKey(type: ColumnType, value: Value): string {
  if (value === null) return "-";
  if (isList(value)) return listKey(type, value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "string") {
    return JSON.stringify(type.kind === "uuid" ? value.toLowerCase() : value);
  }
  if (typeof value === "number") return String(type.kind === "real" ? Math.fround(value) : value);
  return String(value);
}

function listKey(type: ColumnType, values: readonly Value[]): string {
  if (type.kind === "array") {
    return `[${values.map((value) => valueKey(type.element, value)).join(",")}]`;
  }
  if (type.kind === "row") {
    const types = type.fields.map((field) => field.type);
    return `(${rowKey(types, values)})`;
  }
  if (type.kind !== "map") throw new TypeError(`expected a value of type ${type.kind}, got a list`);
  const entryTypes = [type.key, type.value];
  return `{${values.map((entry) => rowKey(entryTypes, isList(entry) ? entry : [])).join(";")}}`;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
