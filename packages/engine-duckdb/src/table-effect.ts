/** Table effects: what a step's changes to one table come to, and what writing them needs. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Row } from "@tidemark/connector";
import { type Table } from "@tidemark/program";

import { type ChunkColumn } from "./chunks.ts";
import { quoteName } from "./sql-text.ts";
import { type Staging } from "./staging.ts";

/** What applying did: whether rows of before the step are gone, and whether rows are new. */
export interface Applied {
  readonly removed: boolean;
  readonly inserted: boolean;
}

/** A step's changes to one table, reduced and checked; nothing is written yet. */
export interface Effect {
  /** Writes them, within the writer's transaction. */
  readonly apply: () => Promise<Applied>;
}

/** What every kind of writer works with. */
export interface WriterContext {
  readonly connection: DuckDBConnection;
  readonly table: Table;
  readonly columns: readonly ChunkColumn[];
  /** Where the step's rows are kept for views that follow from them. */
  readonly delta: () => Staging | undefined;
  /** Adds rows to the table and to the delta. */
  readonly append: (rows: readonly Row[]) => Promise<void>;
}

/** Removes every row of the table; answers how many there were. */
export async function emptyTable({ connection, table, delta }: WriterContext): Promise<number> {
  const name = quoteName(table.id.name);
  const rows = delta();
  if (rows !== undefined) {
    await connection.run(`INSERT INTO ${rows.name} SELECT -1, ${columnList(table)} FROM ${name}`);
  }
  const { rowsChanged } = await connection.run(`DELETE FROM ${name}`);
  return rowsChanged;
}

/** The table's columns, spelled with a prefix. */
export function columnList(table: Table, prefix = ""): string {
  return table.columns.map((column) => `${prefix}${quoteName(column.id.name)}`).join(", ");
}
