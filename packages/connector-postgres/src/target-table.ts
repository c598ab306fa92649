/** Target tables: whether a table can hold a view exactly, and the statements that write to it. */

import { type ConfigError, type OutputColumn } from "@tidemark/connector";
import { renderColumnType, type ViewIndex } from "@tidemark/program";

import { type Session } from "./session.ts";
import { invalid, type Target } from "./target.ts";
import { findTable, type FoundTable, type TargetColumn } from "./target-columns.ts";
import { misfit } from "./target-fit.ts";
import { type Statements, statementsFor } from "./target-statements.ts";

/** A table that can hold the view. */
export interface TargetTable extends Statements {
  readonly oid: string;
  /** As the configuration names it. */
  readonly name: string;
  /** One for each of the view's columns, in its order. */
  readonly columns: readonly TargetColumn[];
}

/** What a table is asked to hold. */
export interface TableAsked {
  readonly columns: readonly OutputColumn[];
  readonly index: ViewIndex | undefined;
  readonly target: Target;
}

/** Looks at the table and makes the statements; throws `ConfigError` for what the operator must mend. */
export async function targetTable(
  session: Session,
  name: string,
  { columns, index, target }: TableAsked,
): Promise<TargetTable> {
  const found = await findTable(session, name);
  if (found === undefined) {
    throw invalid("table", `names '${name}', which ${target.shown} does not have`);
  }
  const fault =
    kindFault(name, found) ??
    keyFault(name, found, index) ??
    columnsFault(name, found, columns) ??
    typesFault(name, found, columns);
  if (fault !== undefined) throw fault;
  const own = columns.flatMap(({ id }) => found.columns.find((one) => one.name === id.name) ?? []);
  const checked = found.changers.length > 0;
  return {
    oid: found.oid,
    name,
    columns: own,
    ...statementsFor({ table: name, columns: own, checked }),
  };
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ["v", "a view"],
  ["m", "a materialized view"],
  ["f", "a foreign table"],
  ["S", "a sequence"],
  ["c", "a type"],
  ["i", "an index"],
]);

function kindFault(name: string, { kind, rules }: FoundTable): ConfigError | undefined {
  if (kind !== "r" && kind !== "p") {
    const what = KINDS.get(kind) ?? "no table";
    return invalid("table", `names '${name}', which is ${what}; it has to be a table`);
  }
  if (rules.length === 0) return undefined;
  return invalid(
    "table",
    `names '${name}', which has the rules ${listed(rules)}: they write something else than the view's rows; DROP RULE, or ALTER TABLE … DISABLE RULE`,
  );
}

/** Rows are found by the table's key, so an index can say the same, or something that is not so. */
function keyFault(
  name: string,
  { columns }: FoundTable,
  index: ViewIndex | undefined,
): ConfigError | undefined {
  const keys = columns.filter(({ key }) => key).map((column) => column.name);
  if (keys.length === 0) {
    return invalid(
      "table",
      `names '${name}', which has no primary key: rows could not be found again to be changed`,
    );
  }
  if (index === undefined) return undefined;
  const indexed = index.columns.map((column) => column.id.name);
  if (indexed.toSorted().join("\0") === keys.toSorted().join("\0")) return undefined;
  return invalid(
    "table",
    `names '${name}', whose primary key is ${listed(keys)}, while the index '${index.id.name}' is on ${listed(indexed)}`,
  );
}

function columnsFault(
  name: string,
  found: FoundTable,
  columns: readonly OutputColumn[],
): ConfigError | undefined {
  const names = columns.map(({ id }) => id.name);
  const known = new Set(found.columns.map((column) => column.name));
  const missing = names.filter((column) => !known.has(column));
  if (missing.length > 0) {
    const alike = missing.flatMap((column) => alikeIn(known, column));
    const hint = alike.length === 0 ? "" : `; it has ${listed(alike)}: names are case-sensitive`;
    return invalid(
      "table",
      `names '${name}', which lacks the view's columns ${listed(missing)}${hint}`,
    );
  }
  const lacking = found.columns.filter((column) => !names.includes(column.name));
  const keys = lacking.filter(({ key }) => key).map((column) => column.name);
  if (keys.length > 0) {
    return invalid("table", `names '${name}', whose key columns ${listed(keys)} the view lacks`);
  }
  const unfilled = lacking.filter(({ notNull, filled }) => notNull && !filled);
  if (unfilled.length === 0) return undefined;
  return invalid(
    "table",
    `names '${name}', whose columns ${listed(unfilled.map((column) => column.name))} are NOT NULL, have no default, and are not in the view`,
  );
}

function alikeIn(known: ReadonlySet<string>, name: string): readonly string[] {
  return [...known].filter((one) => one.toLowerCase() === name.toLowerCase());
}

function typesFault(
  name: string,
  found: FoundTable,
  columns: readonly OutputColumn[],
): ConfigError | undefined {
  for (const { id, type } of columns) {
    const its = found.columns.find((column) => column.name === id.name);
    if (its === undefined) continue;
    const wrong = generatedFault(its) ?? misfit(type, its.type);
    if (wrong === undefined) continue;
    const [view, table] = [renderColumnType(type), its.sqlType];
    return invalid(
      "table",
      `names '${name}', whose column '${id.name}' is of type ${table}, which does not hold ${view} exactly; it has to be ${wrong}`,
    );
  }
  return undefined;
}

function generatedFault({ generated, identityAlways, key }: TargetColumn): string | undefined {
  if (generated)
    return "left out of the view: PostgreSQL computes it (GENERATED ALWAYS AS … STORED)";
  // A key is never updated, so it can be written over the server's own numbers.
  return identityAlways && !key ? "GENERATED BY DEFAULT AS IDENTITY, not ALWAYS" : undefined;
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}
