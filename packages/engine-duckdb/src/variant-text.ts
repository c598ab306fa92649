/** The JSON text of a value that DuckDB holds as a VARIANT, every number with all its digits. */

import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  type DuckDBValue,
  DuckDBVariantValue,
} from "@duckdb/node-api";

import { logicalText } from "./naming.ts";

/** Writes a value as JSON: bytes as a list of numbers, dates, times and UUIDs as texts. */
export function variantText(value: DuckDBValue): string {
  if (value instanceof DuckDBVariantValue) return variantText(value.value);
  if (value instanceof DuckDBListValue) return `[${value.items.map(variantText).join(",")}]`;
  if (value instanceof DuckDBStructValue) {
    return objectText(
      Object.entries(value.entries).map(([name, field]) => [logicalText(name), field]),
    );
  }
  if (value instanceof DuckDBMapValue) {
    return objectText(value.entries.map((entry) => [String(entry.key), entry.value]));
  }
  if (value instanceof DuckDBBlobValue) return `[${value.bytes.join(",")}]`;
  if (value instanceof DuckDBDecimalValue) return value.toString();
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
  if (value === null || typeof value === "boolean" || typeof value === "bigint") {
    return String(value);
  }
  return JSON.stringify(String(value));
}

function objectText(entries: readonly (readonly [string, DuckDBValue])[]): string {
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${variantText(one)}`).join(",")}}`;
}
