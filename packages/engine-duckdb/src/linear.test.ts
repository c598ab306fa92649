import { parseProgram } from "@tidemark/program";
import { expect, test } from "vitest";

import { readFunctions } from "./catalog.ts";
import { scratchDatabase } from "./database.ts";
import { createMacros } from "./dialect-functions.ts";
import { lineageOf } from "./linear.ts";
import { exactNames } from "./naming.ts";
import { createRelations } from "./relations.ts";

const TABLES = "CREATE TABLE t (a INT, b VARCHAR, l INT ARRAY); CREATE TABLE u (a INT);";

/** Whether the last of these views is followed by the rows of one table. */
async function isLinear(views: string): Promise<boolean> {
  const parsed = parseProgram(`${TABLES} ${views}`);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));
  const instance = await scratchDatabase();
  const connection = await instance.connect();
  try {
    const functions = await readFunctions(connection);
    await createMacros(connection);
    const { views: created, errors } = await createRelations(connection, parsed.program, {
      functions,
      naming: exactNames(parsed.program),
    });
    expect(errors).toEqual([]);
    const last = [...created.values()].at(-1);
    return last !== undefined && lineageOf(last, created, functions) !== undefined;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

test.each([
  "SELECT * FROM t",
  "SELECT a + 1 AS x, upper(b) AS b FROM t AS other WHERE a > 1 AND b LIKE 'x%'",
  "SELECT CASE WHEN a BETWEEN 1 AND 3 THEN 'x' ELSE b END AS c, CAST(a AS VARCHAR) AS d FROM t",
  "SELECT coalesce(a, 0) AS a, l[1] AS f, a IN (1, 2) AS i FROM t WHERE NOT (a IS NULL)",
  "SELECT list_transform(l, x -> x + 1) AS l FROM t",
])("a filter or projection of one table is linear: %s", async (query) => {
  expect(await isLinear(`CREATE VIEW v AS ${query};`)).toBe(true);
});

test.each([
  "SELECT DISTINCT a FROM t",
  "SELECT count(*) AS n FROM t",
  "SELECT a FROM t GROUP BY a",
  "SELECT max(a) AS m FROM t HAVING max(a) > 1",
  "SELECT a, row_number() OVER (ORDER BY a) AS n FROM t",
  "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1",
  "SELECT a FROM t ORDER BY a LIMIT 3",
  "SELECT a FROM t TABLESAMPLE 10%",
  "SELECT unnest(l) AS x FROM t",
  "SELECT a FROM t WHERE a IN (SELECT a FROM u)",
  "SELECT (SELECT max(a) FROM u) AS m FROM t",
  "SELECT t.a FROM t, u",
  "SELECT t.a FROM t JOIN u ON t.a = u.a",
  "SELECT a FROM t UNION ALL SELECT a FROM u",
  "WITH t AS (SELECT a FROM u) SELECT a FROM t",
  "SELECT a FROM (SELECT a FROM t) AS s",
  "SELECT a FROM main.t",
  "SELECT random() AS r FROM t",
  "SELECT a FROM t WHERE now() > TIMESTAMP '2020-01-01 00:00:00'",
  "SELECT 1 AS one",
])("anything else is not: %s", async (query) => {
  expect(await isLinear(`CREATE VIEW v AS ${query};`)).toBe(false);
});

test("a linear view of a linear view is linear, one of another view is not", async () => {
  expect(
    await isLinear(`CREATE VIEW v AS SELECT a FROM t WHERE a > 0;
      CREATE VIEW w AS SELECT a * 2 AS b FROM v;`),
  ).toBe(true);
  expect(
    await isLinear(`CREATE VIEW v AS SELECT DISTINCT a FROM t;
      CREATE VIEW w AS SELECT a * 2 AS b FROM v;`),
  ).toBe(false);
});
