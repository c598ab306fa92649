/** Relation checks: whether a table, as the log describes it before a change, can still be followed. */

import { type WireRelation } from "./pgoutput.ts";
import { type ColumnType, type SourceTable } from "./source-table.ts";

/** What a relation is held against. */
export interface RelationCheck {
  readonly source: SourceTable;
  /** The source's names of the columns of our primary key; empty for a table without one. */
  readonly key: readonly string[];
}

/** The identity of a table whose changes carry the whole row before them. */
export const FULL = "f";

/** Why the followed table can't be followed any longer; undefined where it can. */
export function relationFault(
  relation: WireRelation,
  { source, key }: RelationCheck,
): string | undefined {
  const now = `${relation.schema}.${relation.name}`;
  const shown = `${source.schema}.${source.name}`;
  if (now !== shown) {
    return `the source table '${shown}' was renamed to '${now}': rename it back, or name it in 'source_table'`;
  }
  return columnFault(relation, source) ?? identityFault(relation, key);
}

/** Why changes of a partition, or of the table, no longer say which row they are about. */
export function identityFault(relation: WireRelation, key: readonly string[]): string | undefined {
  const { schema, name, identity, columns } = relation;
  if (identity === FULL) return undefined;
  const shown = `${schema}.${name}`;
  const remedy = `ALTER TABLE ${shown} REPLICA IDENTITY FULL`;
  if (key.length === 0) {
    return `the REPLICA IDENTITY of '${shown}' was changed: its changes no longer carry the whole row before them, which a table without PRIMARY KEY needs; ${remedy}`;
  }
  const missing = key.find((column) => !columns.some((one) => one.name === column && one.key));
  if (missing === undefined) return undefined;
  return `the REPLICA IDENTITY or the key of '${shown}' was changed: its changes no longer carry the column '${missing}' of the row before them, which is in the PRIMARY KEY here; ${remedy}`;
}

function columnFault(
  { schema, name, columns }: WireRelation,
  source: SourceTable,
): string | undefined {
  const now = new Map(columns.map((column) => [column.name, column]));
  for (const [column, type] of source.columns) {
    const found = now.get(column);
    const shown = `the column '${column}' of the source table '${schema}.${name}'`;
    if (found === undefined) return `${shown} was dropped or renamed, or is no longer published`;
    if (!sameType(type, found)) return `the type of ${shown} was changed`;
  }
  return undefined;
}

type Typed = Pick<ColumnType, "oid" | "modifier">;

/** Only a number's digits and scale change what is stored when they change. */
function sameType(before: Typed, now: Typed): boolean {
  return before.oid === now.oid && (now.oid !== NUMERIC || before.modifier === now.modifier);
}

const NUMERIC = 1700;
