/** Output columns: the names and types under which readers see what a SELECT answers. */

import { type DuckDBType } from "@duckdb/node-api";
import { type OutputColumn } from "@tidemark/connector";

import { columnType } from "./column-types.ts";
import { quoteName } from "./sql-text.ts";

/** A column as readers see it; whether it holds NULLs can't be told of a query. */
export function outputColumn(name: string, type: DuckDBType): OutputColumn {
  const quoted = name !== name.toLowerCase();
  return { id: { name, quoted }, type: columnType(type), nullable: true };
}

/**
 * The name of a column as SQL reads it: exact where the text quotes it or a relation has it so,
 * lower-cased otherwise. DuckDB itself keeps every name as it was typed.
 */
export function readableName(name: string, sql: string, exact: readonly string[]): string {
  return exact.includes(name) || sql.includes(quoteName(name)) ? name : name.toLowerCase();
}
