/** Defaults: what stands in the columns that a record does not give. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Changes, type Metadata, type Row, type Value } from "@tidemark/connector";
import { type Column, type Table } from "@tidemark/program";

import { type Functions } from "./catalog.ts";
import { defaultExpression, defaultQuery } from "./default-query.ts";
import { MetadataDefaults } from "./metadata-defaults.ts";
import { reader } from "./read-value.ts";
import { references } from "./references.ts";
import { parseSelect } from "./syntax.ts";

/** Gives inserted rows their defaults, one list of changes after the other. */
export interface Defaults extends Disposable {
  fill(changes: Changes): Promise<Changes>;
}

type Filled = (Value | undefined)[];

/** Rows that are inserted, and by their places what is told of their records. */
interface Inserts {
  readonly rows: readonly Filled[];
  readonly told: readonly (Metadata | undefined)[];
}

/** Fills some columns of the rows that lack them. */
type Fill = (inserts: Inserts) => Promise<void>;

/** Prepares the defaults of a table; constant ones are computed once. */
export async function defaultsOf(
  connection: DuckDBConnection,
  { id, columns }: Table,
  functions: Functions,
): Promise<Defaults> {
  const fills: Fill[] = [];
  const ofMetadata: { readonly index: number; readonly sql: string }[] = [];
  for (const [index, column] of columns.entries()) {
    const expression = defaultExpression(column);
    if (expression === undefined) continue;
    if (expression.ofMetadata) ofMetadata.push({ index, sql: expression.sql });
    else
      fills.push(filling(index, await valuesOf(connection, defaultQuery(expression), functions)));
  }
  const expressions = ofMetadata.map(({ sql }) => sql);
  const computed = new MetadataDefaults(connection, id.name, expressions);
  if (ofMetadata.length > 0) {
    const indexes = ofMetadata.map(({ index }) => index);
    fills.push((inserts) => fillFromMetadata(computed, indexes, inserts));
  }
  return {
    fill: async (changes) => (fills.length === 0 ? changes : fill(fills, columns, changes)),
    [Symbol.dispose]: () => computed[Symbol.dispose](),
  };
}

/** So many values, each computed anew where the expression asks for it. */
type Values = (count: number) => Promise<readonly Value[]>;

async function valuesOf(
  connection: DuckDBConnection,
  sql: string,
  functions: Functions,
): Promise<Values> {
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

function filling(index: number, values: Values): Fill {
  return async ({ rows }) => {
    const lacking = rows.filter((row) => row[index] === undefined);
    if (lacking.length === 0) return;
    const given = await values(lacking.length);
    for (const [i, row] of lacking.entries()) row[index] = given[i] ?? null;
  };
}

async function fillFromMetadata(
  defaults: MetadataDefaults,
  indexes: readonly number[],
  { rows, told }: Inserts,
): Promise<void> {
  const lacking = [...rows.entries()].filter(([, row]) =>
    indexes.some((index) => row[index] === undefined),
  );
  if (lacking.length === 0) return;
  const given = await defaults.compute(lacking.map(([place]) => told[place]));
  for (const [i, [, row]] of lacking.entries()) {
    for (const [at, index] of indexes.entries()) {
      if (row[index] === undefined) row[index] = given[i]?.[at] ?? null;
    }
  }
}

async function fill(
  fills: readonly Fill[],
  columns: readonly Column[],
  { rows, operations, metadata = [] }: Changes,
): Promise<Changes> {
  const filled = rows.map((row): Filled => columns.map((_, i) => row[i]));
  const isInsert = (_: unknown, i: number): boolean => operations?.[i] === "insert";
  const inserts =
    operations === undefined
      ? { rows: filled, told: metadata }
      : { rows: filled.filter(isInsert), told: rows.map((_, i) => metadata[i]).filter(isInsert) };
  for (const each of fills) await each(inserts);
  const complete: readonly Row[] = filled;
  return operations === undefined ? { rows: complete } : { rows: complete, operations };
}
