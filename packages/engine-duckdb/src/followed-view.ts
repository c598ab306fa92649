/** Followed views: views with sinks, and what is stored to follow them step by step. */

import { createHash } from "node:crypto";

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Table } from "@tidemark/program";

import { type Lineage, lineageOf, lineageSql } from "./linear.ts";
import { type CreatedView, type Relations } from "./relations.ts";
import { internalTable, plainColumns, quoteName } from "./sql-text.ts";

/** A view with sinks. */
export interface FollowedView {
  /** As the program has it. */
  readonly name: string;
  readonly created: CreatedView;
  /** Where its changes follow from the rows of a step; elsewhere the whole view is compared. */
  readonly lineage: Lineage | undefined;
  /** The view's columns as `c0, c1, …`. */
  readonly columns: string;
  /** Changes kept: `step`, `n` (so often the row appears; negative: goes away), `c0, c1, …`. */
  readonly outbox: string;
  /** For a compared view, all its changes so far: `n`, `c0, c1, …`; their sum is its last state. */
  readonly state: string;
  /** Whether a step has taken in the rows that were there before the view was followed. */
  begun: boolean;
}

/** Creates what is stored for each view with sinks, and drops what was for others; part of the caller's transaction. */
export async function openFollowed(
  connection: DuckDBConnection,
  tables: readonly Table[],
  relations: Relations,
): Promise<readonly FollowedView[]> {
  const stored = await readStored(connection);
  const followed: FollowedView[] = [];
  for (const created of relations.views.values()) {
    if (created.view.connectors.length === 0) continue;
    const view = await describeView(connection, { tables, relations, created });
    const definition = digest([created.definition, view.lineage === undefined]);
    const known = stored.get(view.name);
    if (known?.definition === definition) view.begun = known.begun;
    else await createStored(connection, view, definition);
    stored.delete(view.name);
    followed.push(view);
  }
  for (const name of stored.keys()) await dropStored(connection, name);
  return followed;
}

/** Records that a view's earlier rows are taken in; part of the step's transaction. */
export async function recordBegun(connection: DuckDBConnection, view: FollowedView): Promise<void> {
  await connection.run(`UPDATE ${internalTable("followed")} SET begun = true WHERE view = $1`, [
    view.name,
  ]);
}

/** How a view can be followed. */
export async function describeView(
  connection: DuckDBConnection,
  program: {
    readonly tables: readonly Table[];
    readonly relations: Relations;
    readonly created: CreatedView;
  },
): Promise<FollowedView> {
  const { tables, relations, created } = program;
  const lineage = lineageOf(created, relations.views, relations.functions);
  const table = tables.find((each) => each.id.name.toLowerCase() === lineage?.table);
  const isLinear = lineage && table && (await canRun(connection, lineage, table));
  const { name } = created.view.id;
  return {
    name,
    created,
    lineage: isLinear === true ? lineage : undefined,
    columns: plainColumns(created.columns.length),
    outbox: outboxOf(name),
    state: stateOf(name),
    begun: false,
  };
}

/** Tries the chain on other rows than the table's own: it may use what only a table has, like `rowid`. */
async function canRun(
  connection: DuckDBConnection,
  lineage: Lineage,
  table: Table,
): Promise<boolean> {
  const columns = table.columns.map(({ id }) => quoteName(id.name)).join(", ");
  const rows = `SELECT ${columns} FROM main.${quoteName(table.id.name)}`;
  try {
    const statement = await connection.prepare(lineageSql(lineage, table.id.name, rows));
    statement.destroySync();
    return true;
  } catch {
    return false;
  }
}

async function readStored(
  connection: DuckDBConnection,
): Promise<Map<string, { readonly definition: string; readonly begun: boolean }>> {
  const result = await connection.runAndReadAll(
    `SELECT view, definition, begun FROM ${internalTable("followed")}`,
  );
  return new Map(
    result
      .getRows()
      .map(([view, definition, begun]) => [
        String(view),
        { definition: String(definition), begun: begun === true },
      ]),
  );
}

async function createStored(
  connection: DuckDBConnection,
  view: FollowedView,
  definition: string,
): Promise<void> {
  await dropStored(connection, view.name);
  const rows = `(SELECT * FROM ${quoteName(view.name)}) AS v (${view.columns}) LIMIT 0`;
  await connection.run(
    `CREATE TABLE ${view.outbox} AS SELECT 0::BIGINT AS step, 0::BIGINT AS n, v.* FROM ${rows}`,
  );
  if (view.lineage === undefined) {
    await connection.run(`CREATE TABLE ${view.state} AS SELECT 0::BIGINT AS n, v.* FROM ${rows}`);
  }
  await connection.run(`INSERT INTO ${internalTable("followed")} VALUES ($1, $2, false)`, [
    view.name,
    definition,
  ]);
}

async function dropStored(connection: DuckDBConnection, name: string): Promise<void> {
  await connection.run(`DROP TABLE IF EXISTS ${outboxOf(name)}`);
  await connection.run(`DROP TABLE IF EXISTS ${stateOf(name)}`);
  await connection.run(`DELETE FROM ${internalTable("followed")} WHERE view = $1`, [name]);
}

function outboxOf(view: string): string {
  return internalTable(`changes of ${view}`);
}

function stateOf(view: string): string {
  return internalTable(`state of ${view}`);
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}
