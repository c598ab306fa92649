/** The schema: brings what is stored in line with a program when storage is opened. */

import { randomUUID } from "node:crypto";

import { type DuckDBConnection } from "@duckdb/node-api";
import { type Epoch, epoch } from "@tidemark/core";
import { type Program, REJECTED, type Table, withRejected } from "@tidemark/program";

import { type Functions } from "./catalog.ts";
import { sqlType } from "./column-types.ts";
import { exactNames, FOLDED_NAMES, type Naming } from "./naming.ts";
import { physicalProgram } from "./physical-program.ts";
import { createMacros, MACROS_DIGEST } from "./dialect-functions.ts";
import { createRelations, type Relations } from "./relations.ts";
import { INTERNAL, internalTable, quoteName } from "./sql-text.ts";

/** Storage that fits its program. */
export interface OpenedSchema {
  readonly naming: Naming;
  /** The program with the names that storage has for it. */
  readonly program: Program;
  readonly life: string;
  readonly epoch: Epoch;
  readonly relations: Relations;
}

/** How storage is laid out: changes whenever a type is stored as another one, or under another name. */
const LAYOUT = "3";

/** The layout of before, when names were stored as spelled. */
const FOLDED_LAYOUT = "2";

/** Creates or checks everything stored, and begins a new epoch; part of the caller's transaction. */
export async function openSchema(
  connection: DuckDBConnection,
  declared: Program,
  functions: Functions,
): Promise<OpenedSchema> {
  await createInternals(connection);
  const stored = await readMeta(connection);
  const layout = layoutFor(declared, stored.get("layout"), stored.size > 0);
  const naming = layout === LAYOUT ? exactNames(declared) : FOLDED_NAMES;
  const program = withRejected(physicalProgram(declared, naming));
  const definition = JSON.stringify(
    program.tables.filter((table) => table !== REJECTED).map(definitionOf),
  );
  const existing = stored.get("tables");
  if (existing !== undefined && existing !== definition) {
    throw new Error(differentTables(existing, definition));
  }
  await dropViews(connection);
  if (stored.get("macros") !== MACROS_DIGEST) await createMacros(connection);
  const relations = await createRelations(connection, program, {
    functions,
    naming,
    existing: await storedTables(connection),
  });
  const [problem] = relations.errors;
  if (problem !== undefined) throw new Error(`the program can't run: ${problem.message}`);
  const meta = {
    life: stored.get("life") ?? randomUUID(),
    epoch: epoch(Number(stored.get("epoch") ?? "0") + 1),
  };
  await writeMeta(connection, {
    life: meta.life,
    epoch: String(meta.epoch),
    tables: definition,
    layout,
    macros: MACROS_DIGEST,
  });
  return { ...meta, naming, program, relations };
}

/** Storage keeps the names that it was begun with, unless the program's are the same in both layouts. */
function layoutFor(program: Program, stored: string | undefined, begun: boolean): string {
  if (!begun || stored === LAYOUT) return LAYOUT;
  if (stored !== FOLDED_LAYOUT) {
    throw new Error(
      "the storage was written by a version that stores times, timestamps and variants otherwise; clear it",
    );
  }
  const physical = physicalProgram(program, exactNames(program));
  const isSame = JSON.stringify(physical) === JSON.stringify(program);
  return isSame ? LAYOUT : FOLDED_LAYOUT;
}

async function createInternals(connection: DuckDBConnection): Promise<void> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${INTERNAL}`);
  const tables = {
    meta: "key VARCHAR, value VARCHAR",
    steps: "record VARCHAR",
    ended: "connector VARCHAR, incarnation VARCHAR, frontier VARCHAR",
    keys: "key VARCHAR, body VARCHAR",
    followed: "view VARCHAR, definition VARCHAR, begun BOOLEAN",
    rejects:
      "connector VARCHAR, endpoint VARCHAR, incarnation VARCHAR, partition VARCHAR, " +
      "first HUGEINT, last HUGEINT, count BIGINT",
  };
  for (const [name, columns] of Object.entries(tables)) {
    await connection.run(`CREATE TABLE IF NOT EXISTS ${internalTable(name)} (${columns})`);
  }
}

/** Lower-case names of the tables that storage has; an earlier version's has not those of today. */
async function storedTables(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const result = await connection.runAndReadAll(
    "SELECT lower(table_name) FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main'",
  );
  return new Set(result.getRows().map(([name]) => String(name)));
}

async function readMeta(connection: DuckDBConnection): Promise<ReadonlyMap<string, string>> {
  const result = await connection.runAndReadAll(`SELECT key, value FROM ${internalTable("meta")}`);
  return new Map(result.getRows().map(([key, value]) => [String(key), String(value)]));
}

async function writeMeta(
  connection: DuckDBConnection,
  meta: Readonly<Record<string, string>>,
): Promise<void> {
  const table = internalTable("meta");
  await connection.run(`DELETE FROM ${table}`);
  for (const entry of Object.entries(meta)) {
    await connection.run(`INSERT INTO ${table} VALUES ($1, $2)`, entry);
  }
}

function definitionOf(table: Table): unknown {
  return {
    name: table.id.name,
    columns: table.columns.map((c) => [c.id.name, sqlType(c.type)]),
    key: table.primaryKey,
  };
}

function differentTables(stored: string, given: string): string {
  return (
    "the storage holds other tables than the program declares; clear it, or declare the tables " +
    `as they were. Stored: ${stored}. Declared: ${given}`
  );
}

/** All views go, latest first, so that the program's can be created afresh. */
async function dropViews(connection: DuckDBConnection): Promise<void> {
  const result = await connection.runAndReadAll(
    "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' ORDER BY view_oid DESC",
  );
  for (const [name] of result.getRows()) {
    await connection.run(`DROP VIEW IF EXISTS ${quoteName(String(name))}`);
  }
}
