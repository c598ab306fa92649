/** Staging tables: rows of the running step that statements join with; empty after every commit. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Row } from "@tidemark/connector";

import { type ChunkColumn } from "./chunks.ts";
import { openRowStore } from "./row-store.ts";
import { quoteName } from "./sql-text.ts";

/** A temporary table with the columns `c0, c1, …`. */
export interface Staging extends Disposable {
  /** How statements name it. */
  readonly name: string;
  fill(rows: readonly Row[]): Promise<void>;
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
  const store = await openRowStore(connection, { catalog: "temp", name }, columns);
  const clear = await connection.prepare(`DELETE FROM ${qualified}`);
  return {
    name: qualified,
    fill: (rows) => store.add(rows),
    empty: async () => {
      await clear.run();
    },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}
