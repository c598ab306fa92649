/** Target statements: what brings a view's changes into a table of the database. */

import { escapeIdentifier } from "pg";

import { type TargetColumn } from "./target-columns.ts";

/** Statements that each take a JSON array of rows, as one text. */
export interface Statements {
  /** Removes the rows with these keys. */
  readonly remove: string;
  /** Writes rows whose keys the table must not have yet; answers as `upsert` does. */
  readonly insert: string;
  /** Writes these rows, over those with the same keys; where asked, answers the numbers `n`, from 1, of rows that the table holds otherwise. */
  readonly upsert: string;
  /** Reads a row's key as the table's columns, and writes nothing. */
  readonly readKey: string;
  /** Reads one of a row's columns, in the order of the view's. */
  readonly readColumn: readonly string[];
  /** Numbers, from 1, of rows whose key stands in several of them. */
  readonly sameKey: string;
}

/** What statements are made for. */
export interface StatementsAsked {
  /** As SQL names it. */
  readonly table: string;
  /** Those of the view. */
  readonly columns: readonly TargetColumn[];
  /** Whether the table may hold a row otherwise than it was given. */
  readonly checked: boolean;
}

/** Makes them. */
export function statementsFor({ table, columns, checked }: StatementsAsked): Statements {
  const keys = columns.filter(({ key }) => key);
  const keyNames = keys.map(quoted).join(", ");
  const names = columns.map(quoted).join(", ");
  const match = keys.flatMap(sameKeyAs);
  const overriding = columns.some(({ identityAlways }) => identityAlways);
  const plain = `INSERT INTO ${table} AS t (${names})${overriding ? " OVERRIDING SYSTEM VALUE" : ""}
    SELECT ${names} FROM ${rows(columns)}`;
  const over = `${plain} ON CONFLICT (${keyNames}) ${onConflict(columns)}`;
  return {
    remove: `DELETE FROM ${table} AS t USING ${rows(keys)} WHERE ${match.join(" AND ")}`,
    insert: checked ? checkedInsert(plain, columns) : plain,
    upsert: checked ? checkedInsert(over, columns) : over,
    readKey: `SELECT pg_catalog.count(*) FROM ${rows(keys)}`,
    readColumn: columns.map((one) => `SELECT pg_catalog.count(*) FROM ${rows([one])}`),
    sameKey: `SELECT pg_catalog.unnest(pg_catalog.array_agg(d."#")) AS n
      FROM (SELECT pg_catalog.row_number() OVER () AS "#", d.* FROM ${rows(keys)}) AS d
     GROUP BY ${keyNames} HAVING pg_catalog.count(*) > 1`,
  };
}

/** The rows that a statement is given, with these of their columns. */
function rows(of: readonly TargetColumn[]): string {
  return `pg_catalog.json_to_recordset($1::json) AS d (${of.map(definition).join(", ")})`;
}

/** A row that was refused for the case of its key must not take the other one with it when it goes. */
function sameKeyAs(key: TargetColumn): readonly string[] {
  const name = quoted(key);
  const equal = `t.${name} = d.${name}`;
  return ignoresCase(key) ? [equal, `t.${name}::text = d.${name}::text`] : [equal];
}

function ignoresCase({ type }: TargetColumn): boolean {
  return type.kind === "scalar" && type.name === "citext";
}

function quoted({ name }: TargetColumn): string {
  return escapeIdentifier(name);
}

function definition(column: TargetColumn): string {
  return `${quoted(column)} ${column.sqlType}`;
}

/** A table of nothing but its key finds the same row twice as well, if it may update its key. */
function onConflict(columns: readonly TargetColumn[]): string {
  const others = columns.filter((column) => !column.key || ignoresCase(column));
  const updated = others.length > 0 ? others : columns.slice(0, 1);
  if (updated.some(({ identityAlways }) => identityAlways)) return "DO NOTHING";
  return `DO UPDATE SET ${updated.map((one) => `${quoted(one)} = EXCLUDED.${quoted(one)}`).join(", ")}`;
}

/** The rows that the statement did not leave in the table as they were given. */
function checkedInsert(insert: string, columns: readonly TargetColumn[]): string {
  const returned = columns.map((one) => `t.${quoted(one)}`).join(", ");
  return `WITH written AS (${insert} RETURNING ${returned}),
       given AS (SELECT pg_catalog.row_number() OVER () AS "#", d.* FROM ${rows(columns)})
    SELECT g."#" AS n FROM given AS g
     WHERE NOT EXISTS (SELECT FROM written AS w WHERE ${columns.map(same).join(" AND ")})`;
}

/** Texts are compared where not every type can be; of a key equality is known. */
function same(column: TargetColumn): string {
  const name = quoted(column);
  return column.key
    ? `w.${name} = g.${name}`
    : `w.${name}::text IS NOT DISTINCT FROM g.${name}::text`;
}
