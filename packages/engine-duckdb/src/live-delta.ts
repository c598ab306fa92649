/** Live deltas: changes of a table, or of a view that follows from its rows, told from a step's rows. */

import { type Table } from "@tidemark/program";

import { type FollowedView } from "./followed-view.ts";
import { lineageSql } from "./linear.ts";
import { plainColumns, quoteName } from "./sql-text.ts";
import { type Applied } from "./table-effect.ts";

/** The query for what a step changed, where it touched the table; the relation is the view or else the table. */
export function liveDelta(
  table: Table,
  view: FollowedView | undefined,
  applied: Applied | undefined,
): string | undefined {
  if (applied === undefined || !(applied.removed || applied.inserted)) return undefined;
  const columns = view?.columns ?? plainColumns(table.columns.length);
  const rows = (weight: number): string => {
    const source = `SELECT ${sourceColumns(table)} FROM ${liveTable(table.id.name.toLowerCase())} WHERE c0 = ${weight}`;
    const sql = view?.lineage ? lineageSql(view.lineage, table.id.name, source) : source;
    return `(${sql}) AS v (${columns})`;
  };
  if (!applied.removed) return `SELECT 1::BIGINT, ${columns} FROM ${rows(1)} ORDER BY ${columns}`;
  return `SELECT n, ${columns} FROM (
      SELECT CAST(sum(w) AS BIGINT) AS n, ${columns} FROM (
        SELECT 1 AS w, ${columns} FROM ${rows(1)} UNION ALL SELECT -1, ${columns} FROM ${rows(-1)})
      GROUP BY ${columns} HAVING sum(w) <> 0)
    ORDER BY n > 0, ${columns}`;
}

/** Where a table's last rows are kept, with weight 1 or -1 in `c0`, given its lower-case name. */
export function liveTable(table: string): string {
  return `temp.main.${quoteName(`live rows of ${table}`)}`;
}

function sourceColumns(table: Table): string {
  return table.columns.map(({ id }, i) => `c${i + 1} AS ${quoteName(id.name)}`).join(", ");
}
