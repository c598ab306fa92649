/** Keyed writers: changes to a table with a primary key, which the engine keeps without an index. */

import { type Changes, type Row, type Value } from "@tidemark/connector";
import { spell, type Table } from "@tidemark/program";

import { type KeyEffect, keyedEffects, patched } from "./keyed-effect.ts";
import { reader } from "./read-value.ts";
import { rowKey } from "./row-key.ts";
import { quoteName } from "./sql-text.ts";
import { openStaging, type Staging } from "./staging.ts";
import { MARK } from "./table-columns.ts";
import { columnList, type Effect, emptyTable, type WriterContext } from "./table-effect.ts";

/** Prepares changes of a keyed table. */
export function keyedWriter(
  context: WriterContext,
): (changes: readonly Changes[]) => Promise<Effect> {
  const keyOf = keyReader(context.table);
  let staging: Promise<Staging> | undefined;
  return async (changes) => {
    const { emptied, byKey: effects } = keyedEffects(changes, keyOf);
    staging ??= openKeys(context);
    const keys = await staging;
    return { apply: () => applyEffects(context, { keys, emptied, effects, keyOf }) };
  };
}

function keyReader(table: Table): (row: Row) => string {
  const columns = table.primaryKey.flatMap((i) => table.columns[i] ?? []);
  const types = columns.map((column) => column.type);
  return (row) => {
    const values = table.primaryKey.map((i) => row[i] ?? null);
    const missing = columns[values.indexOf(null)];
    if (missing !== undefined) {
      throw new TypeError(`key column ${spell(table.id)}.${spell(missing.id)} has no value`);
    }
    return rowKey(types, values);
  };
}

/** Keys of the step: whether the key's row is to be patched, then the key's columns. */
function openKeys({ connection, table, columns }: WriterContext): Promise<Staging> {
  const keys = table.primaryKey.flatMap((i) => columns[i] ?? []);
  return openStaging(connection, `keys of ${table.id.name}`, [MARK, ...keys]);
}

interface Keyed {
  readonly keys: Staging;
  readonly emptied: boolean;
  readonly effects: ReadonlyMap<string, KeyEffect>;
  readonly keyOf: (row: Row) => string;
}

async function applyEffects(
  context: WriterContext,
  keyed: Keyed,
): Promise<{
  readonly removed: boolean;
  readonly inserted: boolean;
}> {
  const { connection, table } = context;
  const delta = context.delta();
  const { keys, effects } = keyed;
  const all = keyed.emptied ? await emptyTable(context) : 0;
  if (effects.size === 0) return { removed: all > 0, inserted: false };
  await keys.fill(
    [...effects.values()].map(({ kind, row }): Row => [
      kind === "patch",
      ...table.primaryKey.map((i) => row[i]),
    ]),
  );
  const name = quoteName(table.id.name);
  const same = table.primaryKey.map((column, i) => {
    const id = table.columns[column]?.id.name ?? "";
    return `t.${quoteName(id)} = s.c${i + 1}`;
  });
  const matched = `FROM ${name} AS t JOIN ${keys.name} AS s ON ${same.join(" AND ")}`;
  const puts = await rowsToPut(context, keyed, matched);
  if (delta !== undefined) {
    await connection.run(
      `INSERT INTO ${delta.name} SELECT -1, ${columnList(table, "t.")} ${matched}`,
    );
  }
  const deleted = await connection.run(
    `DELETE FROM ${name} AS t USING ${keys.name} AS s WHERE ${same.join(" AND ")}`,
  );
  await context.append(puts);
  await keys.empty();
  return { removed: all + deleted.rowsChanged > 0, inserted: puts.length > 0 };
}

/** The rows that stand under the step's keys afterwards; patches of missing rows leave none. */
async function rowsToPut(
  { connection, table }: WriterContext,
  { effects, keyOf }: Keyed,
  matched: string,
): Promise<readonly Row[]> {
  const puts = [...effects.values()].flatMap(({ kind, row }) => (kind === "put" ? [row] : []));
  if (![...effects.values()].some(({ kind }) => kind === "patch")) return puts;
  const found = await connection.runAndReadAll(
    `SELECT ${columnList(table, "t.")} ${matched} WHERE s.c0`,
  );
  const readers = found.columnTypes().map(reader);
  for (const stored of found.getRows()) {
    const row: readonly Value[] = readers.map((read, i) => read(stored[i] ?? null));
    const effect = effects.get(keyOf(row));
    if (effect !== undefined) puts.push(patched(row, effect.row));
  }
  return puts;
}
