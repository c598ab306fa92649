/** Row stores: the quick ways of adding rows to one table. */

import { type DuckDBConnection, type DuckDBPreparedStatement } from "@duckdb/node-api";
import { type Row } from "@tidemark/connector";

import { type ChunkColumn, chunksOf, valueOf } from "./chunks.ts";
import { quoteName } from "./sql-text.ts";

/** Adds rows to one table, within the connection's transaction. */
export interface RowStore extends Disposable {
  add(rows: readonly Row[]): Promise<void>;
}

/** Up to so many rows go in by a prepared INSERT each: an appender's flush costs more than they do. */
const FEW_ROWS = 3;

/** Opens the store of a table that exists, in the main catalogue or in that of temporary tables. */
export async function openRowStore(
  connection: DuckDBConnection,
  table: { readonly catalog: "main" | "temp"; readonly name: string },
  columns: readonly ChunkColumn[],
): Promise<RowStore> {
  const qualified = `${table.catalog === "temp" ? "temp.main" : "main"}.${quoteName(table.name)}`;
  const places = columns.map((_, i) => `$${i + 1}`).join(", ");
  const insert = await connection.prepare(`INSERT INTO ${qualified} VALUES (${places})`);
  const catalog = table.catalog === "temp" ? "temp" : null;
  const appender = await connection.createAppender(table.name, "main", catalog);
  return {
    add: async (rows) => {
      if (rows.length <= FEW_ROWS) return insertRows(insert, columns, rows);
      for (const chunk of chunksOf(columns, rows)) appender.appendDataChunk(chunk);
      appender.flushSync();
    },
    [Symbol.dispose]: () => {
      insert.destroySync();
      appender.closeSync();
    },
  };
}

async function insertRows(
  insert: DuckDBPreparedStatement,
  columns: readonly ChunkColumn[],
  rows: readonly Row[],
): Promise<void> {
  for (const row of rows) {
    for (const [i, column] of columns.entries()) {
      insert.bindValue(i + 1, valueOf(column, row[i] ?? null), column.type);
    }
    await insert.run();
  }
}
