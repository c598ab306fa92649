/** Target tables: the statements that bring a view's changes into a table of the database. */

import { type OutputColumn } from "@tidemark/connector";
import { type ViewIndex } from "@tidemark/program";
import { escapeIdentifier } from "pg";

import { type Session } from "./session.ts";
import { invalid, type Target } from "./target.ts";

/** Statements that each take lines of JSON events, as one text. */
export interface TargetTable {
  readonly remove: string;
  readonly upsert: string;
}

/** Looks at the table and makes the statements; throws `ConfigError` for what the operator must mend. */
export async function targetTable(
  session: Session,
  name: string,
  {
    columns,
    index,
    target,
  }: {
    readonly columns: readonly OutputColumn[];
    readonly index: ViewIndex | undefined;
    readonly target: Target;
  },
): Promise<TargetTable> {
  const rows = await session.rows(
    `SELECT a.attname AS name, coalesce(a.attnum = ANY(i.indkey), false) AS key
       FROM pg_attribute a
       LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
      WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum`,
    [name],
  );
  if (rows.length === 0) {
    throw invalid("table", `names '${name}', which ${target.shown} does not have`);
  }
  const keys = rows.filter(({ key }) => key === "t").map((row) => String(row["name"]));
  if (keys.length === 0) {
    throw invalid(
      "table",
      `names '${name}', which has no primary key: rows could not be found again to be changed`,
    );
  }
  const known = new Set(rows.map((row) => String(row["name"])));
  const names = columns.map(({ id }) => id.name);
  const missing = names.filter((column) => !known.has(column));
  const unfilled = keys.filter((key) => !names.includes(key));
  if (missing.length > 0) {
    throw invalid("table", `names '${name}', which lacks the view's columns ${listed(missing)}`);
  }
  if (unfilled.length > 0) {
    throw invalid("table", `names '${name}', whose key columns ${listed(unfilled)} the view lacks`);
  }
  if (index !== undefined) requireSameKey(name, keys, index);
  return statements(name, names, keys);
}

/** Rows are found by the table's key, so an index can say the same, or something that is not so. */
function requireSameKey(table: string, keys: readonly string[], { id, columns }: ViewIndex): void {
  const indexed = columns.map((column) => column.id.name);
  if (indexed.toSorted().join("\0") === keys.toSorted().join("\0")) return;
  throw invalid(
    "table",
    `names '${table}', whose primary key is ${listed(keys)}, while the index '${id.name}' is on ${listed(indexed)}`,
  );
}

function statements(
  table: string,
  columns: readonly string[],
  keys: readonly string[],
): TargetTable {
  // A row spread by `(…).*` would be read once for each of its columns.
  const rowsOf = (what: string): string =>
    `SELECT r.* FROM unnest(string_to_array($1, E'\\n')) AS line,
            LATERAL json_populate_record(NULL::${table}, line::json -> '${what}') AS r
      WHERE line LIKE '{"${what}"%'`;
  const sameKey = keys.map(escapeIdentifier).map((key) => `t.${key} = d.${key}`);
  const listedColumns = columns.map(escapeIdentifier).join(", ");
  const others = columns.filter((column) => !keys.includes(column)).map(escapeIdentifier);
  const set = others.map((column) => `${column} = EXCLUDED.${column}`).join(", ");
  return {
    remove: `DELETE FROM ${table} AS t USING (${rowsOf("delete")}) AS d WHERE ${sameKey.join(" AND ")}`,
    upsert: `INSERT INTO ${table} (${listedColumns}) SELECT ${listedColumns} FROM (${rowsOf("insert")}) AS n
      ON CONFLICT (${keys.map(escapeIdentifier).join(", ")}) DO ${set === "" ? "NOTHING" : `UPDATE SET ${set}`}`,
  };
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}
