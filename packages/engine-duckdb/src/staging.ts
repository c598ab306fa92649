/** Staging tables: rows of the running step that statements join with; empty after every commit. */

import { type DuckDBAppender, type DuckDBConnection } from "@duckdb/node-api";
import { type Row } from "@tidemark/connector";

import { type ChunkColumn, chunksOf } from "./chunks.ts";
import { quoteName } from "./sql-text.ts";

/** A temporary table with the columns `c0, c1, …`. */
export interface Staging extends Disposable {
  /** How statements name it. */
  readonly name: string;
  fill(rows: readonly Row[]): void;
  /** To be called within the transaction that filled it: then nothing of it outlives the commit. */
  empty(): Promise<void>;
}

/** Creates a staging table, outside of any transaction. */
export async function openStaging(
  connection: DuckDBConnection,
  name: string,
  columns: readonly ChunkColumn[],
): Promise<Staging> {
  const qualified = `temp.main.${quoteName(name)}`;
  const definitions = columns.map((column, i) => `c${i} ${column.sqlType}`);
  await connection.run(`CREATE TEMP TABLE ${quoteName(name)} (${definitions.join(", ")})`);
  const appender = await connection.createAppender(name, "main", "temp");
  const clear = await connection.prepare(`DELETE FROM ${qualified}`);
  return {
    name: qualified,
    fill: (rows) => appendRows(appender, columns, rows),
    empty: async () => {
      await clear.run();
    },
    [Symbol.dispose]: () => appender.closeSync(),
  };
}

/** Appends rows to a table, within the connection's transaction. */
export function appendRows(
  appender: DuckDBAppender,
  columns: readonly ChunkColumn[],
  rows: readonly Row[],
): void {
  if (rows.length === 0) return;
  for (const chunk of chunksOf(columns, rows)) appender.appendDataChunk(chunk);
  appender.flushSync();
}
