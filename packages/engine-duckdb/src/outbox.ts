/** The outbox: changes of views with sinks, written in the commit that causes them. */

import { type DuckDBConnection, type DuckDBPreparedStatement } from "@duckdb/node-api";

import { spell } from "@tidemark/program";

import { databaseMessage } from "./database-message.ts";
import { type FollowedView, recordBegun } from "./followed-view.ts";
import { lineageSql } from "./linear.ts";
import { quoteName } from "./sql-text.ts";
import { type Applied } from "./table-effect.ts";
import { type TableWriter } from "./table-writer.ts";

/** Keeps the changes of views with sinks. */
export interface Outbox {
  /** Writes what a step changes, given what it did to each table; answers how many rows of each changed view changed. */
  write(step: bigint, applied: ReadonlyMap<string, Applied>): Promise<ReadonlyMap<string, number>>;
  /** Removes what was delivered, where there is enough of it. */
  drop(step: bigint, deliveredStep: bigint): Promise<void>;
}

/** So many steps are removed together: a removal costs about as much as a small step. */
const DROP_EVERY = 64n;

/** A state with so many more rows than it needs is summed up. */
const SPARE_ROWS = 4096;

/** Prepares the outbox; the writers' tables must have deltas where linear views read them. */
export async function openOutbox(
  connection: DuckDBConnection,
  views: readonly FollowedView[],
  writers: ReadonlyMap<string, TableWriter>,
): Promise<Outbox> {
  const followers: Follower[] = [];
  for (const view of views) {
    followers.push(
      (await linearFollower(connection, view, writers)) ?? (await comparer(connection, view)),
    );
  }
  let dropped = 0n;
  return {
    write: async (step, applied) => {
      const changed = new Map<string, number>();
      for (const follower of followers) {
        const rows = await follow(connection, follower, { step, applied });
        if (rows > 0) changed.set(follower.view.name, rows);
      }
      return changed;
    },
    drop: async (step, deliveredStep) => {
      if (deliveredStep < dropped + DROP_EVERY) return;
      for (const { outbox } of views) {
        await connection.run(`DELETE FROM ${outbox} WHERE step <= $1 AND step < $2`, [
          deliveredStep,
          step,
        ]);
      }
      dropped = deliveredStep;
    },
  };
}

/** Writes one view's changes; answers how many rows changed. */
interface Follower {
  readonly view: FollowedView;
  /** The rows of a step whose effect on the tables is this, where the view was followed before. */
  readonly changes: (step: bigint, applied: ReadonlyMap<string, Applied>) => Promise<number>;
  /** All rows of the view. */
  readonly begin: (step: bigint) => Promise<number>;
}

async function follow(
  connection: DuckDBConnection,
  { view, changes, begin }: Follower,
  { step, applied }: { readonly step: bigint; readonly applied: ReadonlyMap<string, Applied> },
): Promise<number> {
  try {
    if (view.begun) return await changes(step, applied);
    const rows = await begin(step);
    await recordBegun(connection, view);
    view.begun = true;
    return rows;
  } catch (cause) {
    // Without the view's changes its outputs would miss them for ever, so the step can't be taken.
    throw new Error(
      `view ${spell(view.created.view.id)} has outputs and can't be computed: ${databaseMessage(cause)}; ` +
        "nothing of the step was stored. Mend the input, or the view (such as with TRY_CAST), which takes a cleared storage",
      { cause },
    );
  }
}

async function linearFollower(
  connection: DuckDBConnection,
  view: FollowedView,
  writers: ReadonlyMap<string, TableWriter>,
): Promise<Follower | undefined> {
  const { lineage, outbox, columns } = view;
  const writer = lineage && writers.get(lineage.table);
  if (lineage === undefined || writer?.delta === undefined) return undefined;
  const { table, delta } = writer;
  const names = table.columns.map(({ id }, i) => `c${i + 1} AS ${quoteName(id.name)}`).join(", ");
  const rows = (weight: number): string => {
    const source = `SELECT ${names} FROM ${delta.name} WHERE c0 = ${weight}`;
    return `(${lineageSql(lineage, table.id.name, source)}) AS v (${columns})`;
  };
  const into = `INSERT INTO ${outbox} SELECT $1::BIGINT`;
  const insertsOnly = await connection.prepare(`${into}, 1, ${columns} FROM ${rows(1)}`);
  const both = await connection.prepare(
    `${into}, CAST(sum(w) AS BIGINT), ${columns} FROM (
       SELECT 1 AS w, ${columns} FROM ${rows(1)} UNION ALL SELECT -1, ${columns} FROM ${rows(-1)})
     GROUP BY ${columns} HAVING sum(w) <> 0`,
  );
  const all = await connection.prepare(
    `${into}, count(*), ${columns} FROM (SELECT * FROM ${quoteName(view.name)}) AS v (${columns})
     GROUP BY ${columns}`,
  );
  return {
    view,
    begin: (step) => runStep(all, step),
    changes: async (step, applied) => {
      const done = applied.get(lineage.table);
      if (done === undefined || !(done.removed || done.inserted)) return 0;
      return runStep(done.removed ? both : insertsOnly, step);
    },
  };
}

async function comparer(connection: DuckDBConnection, view: FollowedView): Promise<Follower> {
  const { outbox, state, columns } = view;
  const difference = await connection.prepare(
    `INSERT INTO ${outbox} SELECT $1::BIGINT, CAST(sum(w) AS BIGINT), ${columns} FROM (
       SELECT 1 AS w, ${columns} FROM (SELECT * FROM ${quoteName(view.name)}) AS v (${columns})
       UNION ALL SELECT -n, ${columns} FROM ${state})
     GROUP BY ${columns} HAVING sum(w) <> 0`,
  );
  const remember = await connection.prepare(
    `INSERT INTO ${state} SELECT n, ${columns} FROM ${outbox} WHERE step = $1::BIGINT`,
  );
  const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${state}`);
  let rows = Number(counted.value(0, 0));
  let needed = rows;
  const compare = async (step: bigint): Promise<number> => {
    if (rows > 2 * needed + SPARE_ROWS) rows = needed = await sumUp(connection, view);
    const changed = await runStep(difference, step);
    if (changed > 0) rows += await runStep(remember, step);
    return changed;
  };
  return {
    view,
    begin: compare,
    changes: (step, applied) =>
      [...view.created.tables].some((table) => isTouched(applied.get(table)))
        ? compare(step)
        : Promise.resolve(0),
  };
}

function isTouched(applied: Applied | undefined): boolean {
  return applied !== undefined && (applied.removed || applied.inserted);
}

/** Replaces a compared view's state by its sum. */
async function sumUp(
  connection: DuckDBConnection,
  { state, columns }: FollowedView,
): Promise<number> {
  await connection.run(
    `CREATE OR REPLACE TABLE ${state} AS SELECT CAST(sum(n) AS BIGINT) AS n, ${columns}
     FROM ${state} GROUP BY ${columns} HAVING sum(n) <> 0`,
  );
  const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${state}`);
  return Number(counted.value(0, 0));
}

async function runStep(statement: DuckDBPreparedStatement, step: bigint): Promise<number> {
  statement.bindBigInt(1, step);
  const result = await statement.run();
  return result.rowsChanged;
}
