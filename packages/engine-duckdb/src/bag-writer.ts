/** Bag writers: changes to a table without a key. */

import { type Changes, type Row } from "@tidemark/connector";

import { bagEffect } from "./bag-effect.ts";
import { rowKey } from "./row-key.ts";
import { quoteName } from "./sql-text.ts";
import { openStaging, type Staging } from "./staging.ts";
import { COUNT } from "./table-columns.ts";
import { type Effect, emptyTable, type WriterContext } from "./table-effect.ts";

/** Prepares changes of a bag; the staging for removals is made when first needed. */
export function bagWriter(
  context: WriterContext,
): (changes: readonly Changes[]) => Promise<Effect> {
  const types = context.table.columns.map((column) => column.type);
  let staging: Promise<Staging> | undefined;
  return async (changes) => {
    const { emptied, removals, inserts } = bagEffect(changes, (row) => rowKey(types, row));
    if (removals.length > 0) staging ??= openRemovals(context);
    const staged = await staging;
    return {
      apply: async () => {
        const all = emptied ? await emptyTable(context) : 0;
        const rows = removals.map(({ row, count }): Row => [BigInt(count), ...row]);
        const removed = staged === undefined ? 0 : await remove(context, staged, rows);
        await context.append(inserts);
        return { removed: all + removed > 0, inserted: inserts.length > 0 };
      },
    };
  };
}

function openRemovals({ connection, table, columns }: WriterContext): Promise<Staging> {
  return openStaging(connection, `removals of ${table.id.name}`, [COUNT, ...columns]);
}

/** Takes away as many equal rows as are staged, NULLs being equal. */
async function remove(
  context: WriterContext,
  staging: Staging,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { connection, table } = context;
  const delta = context.delta();
  await staging.fill(rows);
  const name = quoteName(table.id.name);
  const same = table.columns.map(
    (column, i) => `t.${quoteName(column.id.name)} IS NOT DISTINCT FROM s.c${i + 1}`,
  );
  const chosen = `SELECT id FROM (
    SELECT t.rowid AS id, s.c0 AS n, row_number() OVER (PARTITION BY s.rowid ORDER BY t.rowid) AS i
    FROM ${name} AS t JOIN ${staging.name} AS s ON ${same.join(" AND ")}) WHERE i <= n`;
  if (delta !== undefined) {
    await connection.run(
      `INSERT INTO ${delta.name} SELECT -1, * FROM ${name} WHERE rowid IN (${chosen})`,
    );
  }
  const result = await connection.run(`DELETE FROM ${name} WHERE rowid IN (${chosen})`);
  await staging.empty();
  return result.rowsChanged;
}
