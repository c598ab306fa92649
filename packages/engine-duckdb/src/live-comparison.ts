/** Live comparisons: changes of a view told by comparing it with what it was after the last step. */

import { type DuckDBConnection } from "@duckdb/node-api";

import { type FollowedView } from "./followed-view.ts";
import { type LiveMethod } from "./live-method.ts";
import { quoteName } from "./sql-text.ts";

/** A state with so many more rows than it needs is summed up. */
const SPARE_ROWS = 4096;

/** Takes the view's rows as they are and follows it from there; `id` tells its tables apart. */
export async function liveComparison(
  connection: DuckDBConnection,
  view: FollowedView,
  id: number,
): Promise<LiveMethod> {
  const { columns } = view;
  const state = `temp.main.${quoteName(`live state ${id}`)}`;
  const changes = `temp.main.${quoteName(`live changes ${id}`)}`;
  const rows = `(SELECT * FROM ${quoteName(view.name)}) AS v (${columns})`;
  const replace = async (table: string, sql: string): Promise<number> => {
    const result = await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${sql}`);
    return result.rowsChanged;
  };
  const summed = (from: string): string =>
    `SELECT CAST(sum(n) AS BIGINT) AS n, ${columns} FROM ${from} GROUP BY ${columns} HAVING sum(n) <> 0`;
  let needed = await replace(state, summed(`(SELECT 1 AS n, ${columns} FROM ${rows})`));
  let kept = needed;
  return {
    changesSql: async ({ applied }) => {
      const touched = [...view.created.tables].some((table) => {
        const done = applied.get(table);
        return done !== undefined && (done.removed || done.inserted);
      });
      if (!touched) return undefined;
      if (kept > 2 * needed + SPARE_ROWS) kept = needed = await replace(state, summed(state));
      await replace(
        changes,
        summed(`(SELECT 1 AS n, ${columns} FROM ${rows}
          UNION ALL SELECT -n, ${columns} FROM ${state})`),
      );
      const added = await connection.run(`INSERT INTO ${state} SELECT * FROM ${changes}`);
      kept += added.rowsChanged;
      return `SELECT n, ${columns} FROM ${changes} ORDER BY n > 0, ${columns}`;
    },
    [Symbol.asyncDispose]: async () => {
      for (const table of [state, changes]) await connection.run(`DROP TABLE IF EXISTS ${table}`);
    },
  };
}
