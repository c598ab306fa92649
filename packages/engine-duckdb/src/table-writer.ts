/** Table writers: apply a step's changes to one table. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Changes, type Row } from "@tidemark/connector";
import { type Table } from "@tidemark/program";

import { bagWriter } from "./bag-writer.ts";
import { type Functions } from "./catalog.ts";
import { defaultsOf } from "./defaults.ts";
import { keyedWriter } from "./keyed-writer.ts";
import { openRowStore } from "./row-store.ts";
import { openStaging, type Staging } from "./staging.ts";
import { COUNT, tableColumns } from "./table-columns.ts";
import { type Effect, type WriterContext } from "./table-effect.ts";

/** Applies changes to one table. */
export interface TableWriter extends Disposable {
  readonly table: Table;
  /** Where the running step's rows are found, with weight 1 or -1 in `c0`; where somebody follows them. */
  readonly delta: Staging | undefined;
  /** Has later steps fill the delta, also where no view with sinks asks for it, until disposed. */
  followLive(): Promise<Disposable>;
  prepare(changes: readonly Changes[]): Promise<Effect>;
}

/** Opens the writer of a table; `follow` asks for a delta. */
export async function openTableWriter(
  connection: DuckDBConnection,
  options: { readonly table: Table; readonly functions: Functions; readonly follow: boolean },
): Promise<TableWriter> {
  const { table } = options;
  const columns = await tableColumns(connection, table);
  const openDelta = (): Promise<Staging> =>
    openStaging(connection, `delta of ${table.id.name}`, [COUNT, ...columns]);
  let staging = options.follow ? await openDelta() : undefined;
  let followers = options.follow ? 1 : 0;
  const delta = (): Staging | undefined => (followers > 0 ? staging : undefined);
  const store = await openRowStore(connection, { catalog: "main", name: table.id.name }, columns);
  const append = async (rows: readonly Row[]): Promise<void> => {
    await store.add(rows);
    await delta()?.fill(rows.map((row) => [1n, ...row]));
  };
  const context: WriterContext = { connection, table, columns, delta, append };
  const prepare = table.primaryKey.length > 0 ? keyedWriter(context) : bagWriter(context);
  const defaults = await defaultsOf(connection, table, options.functions);
  return {
    table,
    get delta() {
      return delta();
    },
    followLive: async () => {
      staging ??= await openDelta();
      followers += 1;
      return { [Symbol.dispose]: () => void (followers -= 1) };
    },
    prepare: async (changes) => {
      const filled: Changes[] = [];
      for (const each of changes) filled.push(await defaults.fill(each));
      return prepare(filled);
    },
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
      defaults[Symbol.dispose]();
      staging?.[Symbol.dispose]();
    },
  };
}
