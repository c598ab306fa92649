/** Column types: what a program's types are called in DuckDB, and what DuckDB's are for readers. */

import {
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import { type ColumnType, distinctNames } from "@tidemark/program";

import { quoteName } from "./sql-text.ts";

/**
 * The DuckDB type that a column is stored as. A timestamp has nanoseconds and the years from 1677 to
 * 2262, or microseconds and all years where it is declared with at most 6 fraction digits.
 */
export function sqlType(type: ColumnType): string {
  if (type.kind === "variant") return "JSON";
  return exactSqlType(type);
}

/** The DuckDB type that expressions of a type are of. Columns of type VARIANT are stored as JSON. */
export function exactSqlType(type: ColumnType): string {
  if (type.kind === "integer") return `${type.unsigned ? "U" : ""}${INTEGERS[type.bits]}`;
  if (type.kind === "decimal") return `DECIMAL(${type.precision}, ${type.scale})`;
  if (type.kind === "array") return `${sqlType(type.element)}[]`;
  if (type.kind === "map") return `MAP(${sqlType(type.key)}, ${sqlType(type.value)})`;
  if (type.kind === "timestamp") return hasMicroseconds(type) ? "TIMESTAMP" : "TIMESTAMP_NS";
  if (type.kind !== "row") return SIMPLE[type.kind];
  const fields = type.fields.map((field) => `${quoteName(field.name)} ${sqlType(field.type)}`);
  return `STRUCT(${fields.join(", ")})`;
}

/** Whether a timestamp is one of microseconds. */
export function hasMicroseconds(type: ColumnType & { kind: "timestamp" }): boolean {
  return type.precision !== undefined && type.precision <= 6;
}

const INTEGERS = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" } as const;

const SIMPLE = {
  boolean: "BOOLEAN",
  real: "FLOAT",
  double: "DOUBLE",
  text: "VARCHAR",
  binary: "BLOB",
  date: "DATE",
  time: "TIME_NS",
  uuid: "UUID",
  variant: "VARIANT",
} as const;

const TEXT: ColumnType = { kind: "text", fixed: false };

/** What readers see of a DuckDB type; types that programs do not have are read as text. */
export function columnType(type: DuckDBType): ColumnType {
  if (type instanceof DuckDBDecimalType) {
    return { kind: "decimal", precision: type.width, scale: type.scale };
  }
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    return { kind: "array", element: columnType(type.valueType) };
  }
  if (type instanceof DuckDBMapType) {
    return { kind: "map", key: columnType(type.keyType), value: columnType(type.valueType) };
  }
  if (type instanceof DuckDBStructType) return { kind: "row", fields: structFields(type) };
  if (type.alias === "JSON") return { kind: "variant" };
  return SCALARS.get(type.typeId) ?? TEXT;
}

function structFields(type: DuckDBStructType): (ColumnType & { kind: "row" })["fields"] {
  return distinctNames(type.entryNames).map((name, i) => {
    const entry = type.entryTypes[i];
    return {
      name,
      quoted: true,
      type: entry === undefined ? TEXT : columnType(entry),
      nullable: true,
    };
  });
}

function integer(bits: 8 | 16 | 32 | 64, sign: "signed" | "unsigned"): ColumnType {
  return { kind: "integer", bits, unsigned: sign === "unsigned" };
}

const SCALARS: ReadonlyMap<DuckDBTypeId, ColumnType> = new Map<DuckDBTypeId, ColumnType>([
  [DuckDBTypeId.BOOLEAN, { kind: "boolean" }],
  [DuckDBTypeId.TINYINT, integer(8, "signed")],
  [DuckDBTypeId.SMALLINT, integer(16, "signed")],
  [DuckDBTypeId.INTEGER, integer(32, "signed")],
  [DuckDBTypeId.BIGINT, integer(64, "signed")],
  [DuckDBTypeId.UTINYINT, integer(8, "unsigned")],
  [DuckDBTypeId.USMALLINT, integer(16, "unsigned")],
  [DuckDBTypeId.UINTEGER, integer(32, "unsigned")],
  [DuckDBTypeId.UBIGINT, integer(64, "unsigned")],
  [DuckDBTypeId.HUGEINT, { kind: "decimal", precision: 38, scale: 0 }],
  [DuckDBTypeId.FLOAT, { kind: "real" }],
  [DuckDBTypeId.DOUBLE, { kind: "double" }],
  [DuckDBTypeId.BLOB, { kind: "binary", fixed: false }],
  [DuckDBTypeId.DATE, { kind: "date" }],
  [DuckDBTypeId.TIME, { kind: "time" }],
  [DuckDBTypeId.TIME_NS, { kind: "time" }],
  [DuckDBTypeId.TIMESTAMP, { kind: "timestamp", precision: 6 }],
  [DuckDBTypeId.TIMESTAMP_S, { kind: "timestamp", precision: 0 }],
  [DuckDBTypeId.TIMESTAMP_MS, { kind: "timestamp", precision: 3 }],
  [DuckDBTypeId.TIMESTAMP_NS, { kind: "timestamp" }],
  [DuckDBTypeId.TIMESTAMP_TZ, { kind: "timestamp", precision: 6 }],
  [DuckDBTypeId.UUID, { kind: "uuid" }],
  [DuckDBTypeId.VARIANT, { kind: "variant" }],
]);
