/** Storage that was begun when names that differ only by case were the same. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DuckDBInstance } from "@duckdb/node-api";
import { type Engine } from "@tidemark/connector";
import { parseProgram, type Program } from "@tidemark/program";
import { expect, onTestFinished, test } from "vitest";

import { duckdbEngines } from "./index.ts";
import { exactNames } from "./naming.ts";

function programOf(sql: string): Program {
  const parsed = parseProgram(sql);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));
  return parsed.program;
}

function open(directory: string, sql: string): Promise<Engine> {
  return duckdbEngines({ threads: 1 }).open({ directory, program: programOf(sql) });
}

async function commit(engine: Engine, table: string, row: readonly bigint[]): Promise<void> {
  await engine.commit({
    inputs: [{ table, changes: { rows: [row] } }],
    progress: new Map(),
    ended: [],
    deliveredStep: 0n,
  });
}

async function rowsOf(engine: Engine, sql: string): Promise<readonly unknown[]> {
  const { rows } = await engine.query(sql, { signal: new AbortController().signal });
  const all: unknown[] = [];
  for await (const piece of rows) all.push(...piece);
  return all;
}

/** Storage of a program with one row in its table, as an earlier version left it. */
async function earlierStorage(sql: string, row: readonly bigint[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-folded-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { physical, logical } = exactNames(programOf(sql));
  const [table] = programOf(sql).tables;
  if (table === undefined) throw new Error("no table");
  {
    await using engine = await open(directory, sql);
    await commit(engine, table.id.name, row);
  }
  const instance = await DuckDBInstance.create(join(directory, "engine", "engine.duckdb"));
  const connection = await instance.connect();
  const renames = table.columns.map(
    ({ id }) =>
      `ALTER TABLE "${physical(table.id.name)}" RENAME COLUMN "${physical(id.name)}" TO "${id.name}"`,
  );
  const statements = [
    ...programOf(sql).views.map(({ id }) => `DROP VIEW "${physical(id.name)}"`),
    ...renames,
    `ALTER TABLE "${physical(table.id.name)}" RENAME TO "${table.id.name}"`,
    "UPDATE tidemark_internal.meta SET value = '2' WHERE key = 'layout'",
  ];
  for (const statement of statements) await connection.run(statement);
  const stored = await connection.runAndReadAll(
    "SELECT value FROM tidemark_internal.meta WHERE key = 'tables'",
  );
  await connection.run("UPDATE tidemark_internal.meta SET value = $1 WHERE key = 'tables'", [
    logical(String(stored.value(0, 0))),
  ]);
  connection.closeSync();
  instance.closeSync();
  return directory;
}

const CAPITALS = `CREATE TABLE "Orders" ("Id" BIGINT) WITH ('materialized' = 'true');
  CREATE MATERIALIZED VIEW loose AS SELECT ID AS "N" FROM orders;`;

test("it goes on under the names that it has, however a program or a query spells them", async () => {
  const directory = await earlierStorage(
    `CREATE TABLE "Orders" ("Id" BIGINT) WITH ('materialized' = 'true');`,
    [1n],
  );
  {
    await using engine = await open(directory, CAPITALS);
    await commit(engine, "Orders", [2n]);
  }
  await using engine = await open(directory, CAPITALS);
  expect(await rowsOf(engine, "SELECT n FROM LOOSE ORDER BY 1")).toEqual([[1n], [2n]]);
  expect(engine.views.get("loose")?.map(({ id }) => id.name)).toEqual(["N"]);
});

test("it takes no names that it can't tell apart, and says what to do", async () => {
  const directory = await earlierStorage(`CREATE TABLE "T" (id BIGINT);`, [1n]);
  const sql = `CREATE TABLE "T" (id BIGINT); CREATE VIEW t AS SELECT id FROM "T";`;
  await expect(open(directory, sql)).rejects.toThrow(
    "Name t is taken: to storage of an earlier version names that differ only by case are the same; clear it",
  );
});

test("where no name of it has a capital, later names may", async () => {
  const table = "CREATE TABLE t (id BIGINT) WITH ('materialized' = 'true');";
  const directory = await earlierStorage(table, [1n]);
  await (await open(directory, table))[Symbol.asyncDispose]();
  await using engine = await open(
    directory,
    `${table} CREATE MATERIALIZED VIEW "V" AS SELECT id FROM t; CREATE MATERIALIZED VIEW v AS SELECT -id AS "ID" FROM t;`,
  );
  expect(await rowsOf(engine, 'SELECT id, "ID" FROM "V", v')).toEqual([[1n, -1n]]);
});
