/** Laws of names: quoted ones are exact, unquoted ones are lower-case. */

import { type Engine, type EngineFactory, QueryError, type QueryResult } from "@tidemark/connector";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { changesOf, program, step, temporaryDirectory } from "./engine-kit.ts";
import {
  answerOf,
  isBeyondModel,
  type NamedProgram,
  namedPrograms,
  type Relation,
  type SelectDraft,
  selects,
  selectSql,
  settled,
} from "./named-programs.ts";

/** Declares the laws. */
export function engineNameLaws(makeFactory: () => EngineFactory): void {
  test("relations, columns and aliases with names that differ only by case are told apart", async () => {
    await fc.assert(
      fc.asyncProperty(namedPrograms, selects, async (given, queries) => {
        expect(await agrees(makeFactory(), given, queries)).toBe(true);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  test("fields of rows with names that differ only by case are told apart", async () => {
    await using directory = await temporaryDirectory();
    const declared = program(
      `CREATE TABLE t (r ROW(f BIGINT, "F" BIGINT, "Φ" BIGINT)) WITH ('materialized' = 'true');
       CREATE MATERIALIZED VIEW v AS SELECT t.r."F", t.r.F AS y, t.r."Φ" AS z, r FROM t;`,
      ["v"],
    );
    await using engine = await makeFactory().open({ directory: directory.path, program: declared });
    await engine.commit(step({ t: { rows: [[[1n, 2n, 3n]]] } }));
    expect(await changesOf(engine, "v", 1n)).toEqual(['+["2n","1n","3n",["1n","2n","3n"]]']);
    expect(engine.views.get("v")?.map(({ id }) => id.name)).toEqual(["F", "y", "z", "r"]);
    const row = engine.views.get("v")?.at(3)?.type;
    expect(row?.kind === "row" && row.fields.map(({ name }) => name)).toEqual(["f", "F", "Φ"]);
    const texts = "SELECT CAST(r AS VARIANT) AS v, TO_JSON(r) AS j FROM t";
    expect(await namedRows(engine, texts)).toEqual([
      { v: '{"f":1,"F":2,"Φ":3}', j: '{"f":1,"F":2,"Φ":3}' },
    ]);
  });

  test("fields of rows and parts of variants are found, and shown, by their own names", async () => {
    await using directory = await temporaryDirectory();
    const declared = program(
      `CREATE TABLE t (r ROW("Name" BIGINT), v VARIANT) WITH ('materialized' = 'true');`,
    );
    await using engine = await makeFactory().open({ directory: directory.path, program: declared });
    await engine.commit(step({ t: { rows: [[[1n], '{"Name":2}']] } }));
    const sql = `SELECT r."Name" AS a, (r)."Name" AS b, u."Name" AS c, r['Name'] AS d,
        CAST(CAST(r AS VARIANT)['Name'] AS BIGINT) AS e, CAST(r AS VARCHAR) AS f,
        CAST(v."Name" AS BIGINT) AS g, CAST(v['Name'] AS BIGINT) AS h,
        CAST(ROW(3) AS ROW("Name" BIGINT))."Name" AS i
      FROM (SELECT r."Name", * FROM t) AS u`;
    expect(await namedRows(engine, sql)).toEqual([
      { a: 1n, b: 1n, c: 1n, d: 1n, e: 1n, f: "{'Name': 1}", g: 2n, h: 2n, i: 3n },
    ]);
  });

  test("what a query does not find is named as the query spells it", async () => {
    await using directory = await temporaryDirectory();
    const declared = program("CREATE TABLE t (id BIGINT PRIMARY KEY);");
    await using engine = await makeFactory().open({ directory: directory.path, program: declared });
    const failing = (sql: string): Promise<QueryResult> =>
      engine.query(sql, { signal: new AbortController().signal });
    await expect(failing('SELECT "ID" FROM t')).rejects.toThrow(QueryError);
    await expect(failing('SELECT "ID" FROM t')).rejects.toThrow('"ID"');
    await expect(failing('SELECT * FROM "T"')).rejects.toThrow("T");
    await expect(failing('SELECT t.id FROM t AS "T"')).rejects.toThrow("t");
  });
}

/** Whether an engine finds what the model finds, in a program and in queries of it. */
async function agrees(
  factory: EngineFactory,
  { tables, views }: NamedProgram,
  queries: readonly SelectDraft[],
): Promise<boolean> {
  const relations = new Map<string, Relation>();
  let next = 0n;
  for (const { id, columns } of tables) {
    relations.set(id.name, new Map(columns.map(({ name }) => [name, (next += 1n)])));
  }
  const used: string[] = tables.map(
    ({ id, columns }) =>
      `CREATE TABLE ${id.text} (${columns.map(({ text }) => `${text} BIGINT`).join(", ")}) WITH ('materialized' = 'true');`,
  );
  const all = [...used];
  for (const { id, select: draft } of views) {
    const select = settled(draft, relations);
    if (isBeyondModel(select)) continue;
    const answer = answerOf(select, relations);
    const sql = `CREATE MATERIALIZED VIEW ${id.text} AS ${selectSql(select)};`;
    if (answer !== undefined) relations.set(id.name, answer);
    if (answer !== undefined) used.push(sql);
    all.push(sql);
  }
  const compiled = await factory.compile(program(all.join("\n")));
  const refused = compiled.kind === "invalid" ? compiled.errors.length : 0;
  expect(refused).toBe(all.length - used.length);
  await using directory = await temporaryDirectory();
  const names = views.map(({ id }) => id.name);
  await using engine = await factory.open({
    directory: directory.path,
    program: program(used.join("\n"), names),
  });
  await engine.commit(
    step(Object.fromEntries(tables.map(({ id }) => [id.name, rowOf(relations, id.name)]))),
  );
  for (const [name, relation] of relations) {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    expect(await namedRows(engine, `SELECT * FROM ${quoted}`)).toEqual([
      Object.fromEntries(relation),
    ]);
  }
  await checkQueries(engine, relations, queries);
  return true;
}

async function checkQueries(
  engine: Engine,
  relations: ReadonlyMap<string, Relation>,
  queries: readonly SelectDraft[],
): Promise<void> {
  for (const draft of queries) {
    const query = settled(draft, relations);
    if (isBeyondModel(query)) continue;
    const answer = answerOf(query, relations);
    const answered = namedRows(engine, selectSql(query));
    if (answer === undefined) await expect(answered).rejects.toThrow(QueryError);
    else expect(await answered).toEqual([Object.fromEntries(answer)]);
  }
}

function rowOf(
  relations: ReadonlyMap<string, Relation>,
  name: string,
): { readonly rows: readonly (readonly bigint[])[] } {
  return { rows: [[...(relations.get(name)?.values() ?? [])]] };
}

/** The rows that a query answers, by the names of its columns. */
async function namedRows(
  engine: Engine,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { columns, rows } = await engine.query(sql, { signal: new AbortController().signal });
  const all: Readonly<Record<string, unknown>>[] = [];
  for await (const chunk of rows) {
    all.push(
      ...chunk.map((row) => Object.fromEntries(columns.map(({ id }, i) => [id.name, row[i]]))),
    );
  }
  return all;
}
