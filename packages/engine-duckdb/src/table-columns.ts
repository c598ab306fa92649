/** Table columns: how the engine lays out the columns of one table. */

import { BIGINT, BOOLEAN, type DuckDBConnection } from "@duckdb/node-api";
import { spell, type Table } from "@tidemark/program";

import { type ChunkColumn } from "./chunks.ts";
import { sqlType } from "./column-types.ts";
import { quoteName } from "./sql-text.ts";
import { writer } from "./write-value.ts";

/** A count that goes with a staged row. */
export const COUNT: ChunkColumn = {
  label: "count",
  type: BIGINT,
  sqlType: "BIGINT",
  write: writer({ kind: "integer", bits: 64, unsigned: false }),
};

/** A mark that goes with a staged row. */
export const MARK: ChunkColumn = {
  label: "mark",
  type: BOOLEAN,
  sqlType: "BOOLEAN",
  write: writer({ kind: "boolean" }),
};

/** The columns of a table that exists. */
export async function tableColumns(
  connection: DuckDBConnection,
  table: Table,
): Promise<readonly ChunkColumn[]> {
  const statement = await connection.prepare(`SELECT * FROM ${quoteName(table.id.name)}`);
  const columns = table.columns.map((column, i) => ({
    label: `${spell(table.id)}.${spell(column.id)}`,
    type: statement.columnType(i),
    sqlType: sqlType(column.type),
    write: writer(column.type),
  }));
  statement.destroySync();
  return columns;
}
