/** Relations: a program's tables and views, created in a database and checked on the way. */

import { type DuckDBConnection } from "@duckdb/node-api";
import { type OutputColumn } from "@tidemark/connector";
import { type Program, type ProgramError, spell, type Table, type View } from "@tidemark/program";

import { type Functions } from "./catalog.ts";
import { sqlType } from "./column-types.ts";
import { defaultExpression, defaultQuery } from "./default-query.ts";
import { databaseMessage } from "./database-message.ts";
import { duckdbSql } from "./dialect.ts";
import { type Naming } from "./naming.ts";
import { forbidden } from "./reading-rules.ts";
import { outputColumn, readableName } from "./output-columns.ts";
import { type References, references } from "./references.ts";
import { quoteName } from "./sql-text.ts";
import { type Node, parseSelect } from "./syntax.ts";
import { unnamedColumns } from "./written-names.ts";

/** A view as it was created. */
export interface CreatedView {
  readonly view: View;
  readonly root: Node;
  readonly columns: readonly OutputColumn[];
  /** Changes when the view, or a view that it reads, is defined otherwise. */
  readonly definition: string;
  /** Lower-case names of all tables it reads, directly or through views. */
  readonly tables: ReadonlySet<string>;
  /** A function that it uses, itself or through views, and that answers otherwise each time. */
  readonly changing: string | undefined;
}

/** A program's relations, as far as they could be created. */
export interface Relations {
  /** By lower-case name, in the order of the program. */
  readonly views: ReadonlyMap<string, CreatedView>;
  readonly functions: Functions;
  readonly errors: readonly ProgramError[];
  /** Lower-case names of columns of type VARIANT. */
  readonly variants: ReadonlySet<string>;
}

/** The statement that creates a table. Keys are kept by the engine, not by an index. */
function createTableSql(table: Table): string {
  const columns = table.columns.map((c) => `${quoteName(c.id.name)} ${sqlType(c.type)}`);
  return `CREATE TABLE ${quoteName(table.id.name)} (${columns.join(", ")})`;
}

/**
 * Creates the tables that are not in `existing`, and all views; collects what is wrong instead of
 * throwing. The dialect's macros must be there.
 */
export async function createRelations(
  connection: DuckDBConnection,
  program: Program,
  options: {
    readonly functions: Functions;
    readonly naming: Naming;
    readonly existing?: ReadonlySet<string>;
  },
): Promise<Relations> {
  const existing = options.existing ?? new Set();
  const state: State = {
    connection,
    functions: options.functions,
    naming: options.naming,
    tables: new Map(),
    views: new Map(),
    errors: [],
    variants: new Set(),
  };
  for (const table of program.tables) {
    await attempt(state, table, () => createTable(state, table, existing));
  }
  for (const view of program.views) {
    await attempt(state, view, () =>
      createView(state, { ...view, query: duckdbSql(view.query, state.variants) }),
    );
  }
  return state;
}

interface State {
  readonly connection: DuckDBConnection;
  readonly functions: Functions;
  readonly naming: Naming;
  readonly tables: Map<string, Table>;
  readonly views: Map<string, CreatedView>;
  readonly errors: ProgramError[];
  readonly variants: Set<string>;
}

async function attempt(
  state: State,
  relation: Table | View,
  create: () => Promise<void>,
): Promise<void> {
  try {
    await create();
  } catch (fault) {
    state.errors.push({
      span: relation.span,
      warning: false,
      errorType: "Error in SQL statement",
      message: databaseMessage(fault),
      snippet: relation.kind === "view" ? relation.query : spell(relation.id),
    });
  }
}

async function createTable(
  state: State,
  table: Table,
  existing: ReadonlySet<string>,
): Promise<void> {
  const name = claimName(state, table);
  if (!existing.has(name)) await state.connection.run(createTableSql(table));
  state.tables.set(name, table);
  noteVariants(state, table.columns);
  for (const column of table.columns) {
    const expression = defaultExpression(column);
    if (expression === undefined) continue;
    const sql = defaultQuery(expression);
    await parseAllowed(state, sql, new Set());
    const computed = await state.connection.runAndReadAll(sql);
    if (!column.nullable && computed.value(0, 0) === null) {
      throw new Error(`Column ${spell(column.id)} is NOT NULL, and its default is NULL`);
    }
  }
}

function noteVariants(state: State, columns: readonly Pick<OutputColumn, "id" | "type">[]): void {
  for (const { id, type } of columns) {
    if (type.kind === "variant") state.variants.add(id.name.toLowerCase());
  }
}

async function createView(state: State, view: View): Promise<void> {
  const name = claimName(state, view);
  const known = new Set([...state.tables.keys(), ...state.views.keys()]);
  const { root, named } = await parseAllowed(state, view.query, known);
  const tables = tablesBelow(state, named);
  const changing = changingFunction(state, named);
  if (changing !== undefined && view.connectors.length > 0) {
    throw new Error(
      `View ${spell(view.id)} has connectors, so it can't use '${changing}', which answers otherwise each time`,
    );
  }
  const exact = columnNames(state, named);
  const given = view.columnNames?.map((id) => id.name) ?? [];
  await defineView(state, view, given);
  const found = await viewColumns(state.connection, view.id.name);
  const { physical, logical } = state.naming;
  const unnamed = unnamedColumns(root, found.length);
  const nameOf = (own: string, place: number): string =>
    unnamed.has(place) ? `EXPR$${place}` : logical(readableName(own, view.query, exact));
  const names = found.map(({ id }, i) => given[i] ?? physical(nameOf(id.name, i)));
  if (names.some((each, i) => each !== found[i]?.id.name)) await defineView(state, view, names);
  const columns = await viewColumns(state.connection, view.id.name);
  noteVariants(state, columns);
  state.views.set(name, {
    view,
    root,
    columns,
    tables,
    changing,
    definition: definitionOf(state, view, named),
  });
}

async function defineView(state: State, view: View, names: readonly string[]): Promise<void> {
  const list = names.length === 0 ? "" : ` (${names.map(quoteName).join(", ")})`;
  await state.connection.run(
    `CREATE OR REPLACE VIEW ${quoteName(view.id.name)}${list} AS ${view.query}\n`,
  );
}

function claimName(state: State, relation: Table | View): string {
  const name = relation.id.name.toLowerCase();
  if (state.tables.has(name) || state.views.has(name)) {
    throw new Error(
      `Name ${spell(relation.id)} is taken: to storage of an earlier version names that differ only by case are the same; clear it`,
    );
  }
  return name;
}

async function parseAllowed(
  state: State,
  sql: string,
  known: ReadonlySet<string>,
): Promise<{ readonly root: Node; readonly named: References }> {
  const parsed = await parseSelect(state.connection, sql);
  if (parsed.kind === "invalid") throw new Error(parsed.message);
  const named = references(parsed.root);
  const problem = forbidden(named, known);
  if (problem !== undefined) throw new Error(problem);
  return { root: parsed.root, named };
}

function tablesBelow(state: State, named: References): ReadonlySet<string> {
  const tables = new Set<string>();
  for (const name of named.relations) {
    for (const table of state.views.get(name)?.tables ?? [name]) tables.add(table);
  }
  return tables;
}

function definitionOf(state: State, view: View, named: References): string {
  const below = [...named.relations].map((name) => state.views.get(name)?.definition ?? name);
  return JSON.stringify([view.query, view.columnNames?.map(({ name }) => name), below]);
}

/** A view whose answer changes by itself has no changes that could be tied to a step. */
function changingFunction(state: State, named: References): string | undefined {
  for (const name of named.functions) {
    if (!state.functions.changing.has(name) || isColumn(state, named, name)) continue;
    // As programs write it.
    return name.replace(/^tidemark_/u, "");
  }
  for (const name of named.relations) {
    const below = state.views.get(name)?.changing;
    if (below !== undefined) return below;
  }
  return undefined;
}

function isColumn(state: State, named: References, name: string): boolean {
  return columnNames(state, named).some((column) => column.toLowerCase() === name);
}

/** Names of all columns of the relations that a SELECT reads. */
function columnNames(state: State, named: References): readonly string[] {
  return [...named.relations].flatMap(
    (relation) =>
      (state.views.get(relation) ?? state.tables.get(relation))?.columns.map((c) => c.id.name) ??
      [],
  );
}

async function viewColumns(
  connection: DuckDBConnection,
  name: string,
): Promise<readonly OutputColumn[]> {
  const statement = await connection.prepare(`SELECT * FROM ${quoteName(name)}`);
  const columns = Array.from({ length: statement.columnCount }, (_, i) =>
    outputColumn(statement.columnName(i), statement.columnType(i)),
  );
  statement.destroySync();
  return columns;
}
