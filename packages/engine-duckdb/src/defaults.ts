/** Defaults: what stands in the columns that a record does not give. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Changes, type Row, type Value } from "@tidemark/connector";
import { type Column, type Table } from "@tidemark/program";

import { type Functions } from "./catalog.ts";
import { defaultQuery } from "./default-query.ts";
import { reader } from "./read-value.ts";
import { references } from "./references.ts";
import { parseSelect } from "./syntax.ts";

/** Gives inserted rows their defaults. */
export type FillDefaults = (changes: Changes) => Promise<Changes>;

interface Default {
  readonly index: number;
  /** So many values, each computed anew where the expression asks for it. */
  readonly values: (count: number) => Promise<readonly Value[]>;
}

/** Prepares the defaults of a table; constant ones are computed once. */
export async function defaultsOf(
  connection: DuckDBConnection,
  table: Table,
  functions: Functions,
): Promise<FillDefaults> {
  const defaults: Default[] = [];
  for (const [index, column] of table.columns.entries()) {
    const sql = defaultQuery(column);
    if (sql === undefined) continue;
    defaults.push({ index, values: await valuesOf(connection, sql, functions) });
  }
  if (defaults.length === 0) return (changes) => Promise.resolve(changes);
  return (changes) => fill(defaults, table.columns, changes);
}

async function valuesOf(
  connection: DuckDBConnection,
  sql: string,
  functions: Functions,
): Promise<Default["values"]> {
  const parsed = await parseSelect(connection, sql);
  const named = parsed.kind === "select" ? references(parsed.root).functions : [];
  if ([...named].some((name) => functions.changing.has(name))) {
    return (count) => evaluate(connection, `${sql} FROM range(${count})`);
  }
  const [value = null] = await evaluate(connection, sql);
  return (count) => Promise.resolve(Array.from({ length: count }, () => value));
}

async function evaluate(connection: DuckDBConnection, sql: string): Promise<readonly Value[]> {
  const result = await connection.runAndReadAll(sql);
  const read = reader(result.columnType(0));
  return result.getRows().map(([value]) => read(value ?? null));
}

async function fill(
  defaults: readonly Default[],
  columns: readonly Column[],
  changes: Changes,
): Promise<Changes> {
  const { rows, operations } = changes;
  const filled = rows.map((row): (Value | undefined)[] => columns.map((_, i) => row[i]));
  for (const { index, values } of defaults) {
    const lacking = filled.filter(
      (row, i) => row[index] === undefined && (operations?.[i] ?? "insert") === "insert",
    );
    if (lacking.length === 0) continue;
    const given = await values(lacking.length);
    for (const [i, row] of lacking.entries()) row[index] = given[i] ?? null;
  }
  const complete: readonly Row[] = filled;
  return operations === undefined ? { rows: complete } : { rows: complete, operations };
}
