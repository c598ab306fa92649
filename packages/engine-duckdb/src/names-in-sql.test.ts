import { expect, test } from "vitest";

import { mapNames } from "./names-in-sql.ts";

/** The text with `n:` before names and `f:` before names of fields. */
function mapped(sql: string): string {
  return mapNames(sql, { name: (name) => `n:${name}`, field: (name) => `f:${name}` });
}

test.each([
  ['SELECT "A" FROM "T" WHERE "A" > 1', 'SELECT "n:A" FROM "n:T" WHERE "n:A" > 1'],
  ['SELECT "T"."A" FROM main."T"', 'SELECT "n:T"."n:A" FROM main."n:T"'],
  ['SELECT main.t."A" FROM main.t', 'SELECT main.t."n:A" FROM main.t'],
  ['SELECT u."A", w."B" FROM t u, v AS w', 'SELECT u."n:A", w."n:B" FROM t u, v AS w'],
  ['SELECT u."A" FROM t JOIN v u ON true', 'SELECT u."n:A" FROM t JOIN v u ON true'],
  ['SELECT q."A" FROM (SELECT 1 AS "A") q', 'SELECT q."n:A" FROM (SELECT 1 AS "n:A") q'],
  ['WITH w AS (SELECT 1) SELECT w."A" FROM w', 'WITH w AS (SELECT 1) SELECT w."n:A" FROM w'],
  ['SELECT "a""B" FROM t', 'SELECT "n:a""B" FROM t'],
  ['SELECT \'"A"\' -- "B"\n FROM t', 'SELECT \'"A"\' -- "B"\n FROM t'],
  ['SELECT $$"A"$$, "B" FROM t', 'SELECT $$"A"$$, "n:B" FROM t'],
  ['SELECT E\'\\\'"A"\', "B" FROM t', 'SELECT E\'\\\'"A"\', "n:B" FROM t'],
])("names of relations, columns, aliases and definitions are told: %s", (sql, expected) => {
  expect(mapped(sql)).toBe(expected);
});

test.each([
  ['SELECT f(r."A") FROM t', 'SELECT f(r."f:A") FROM t'],
  ['SELECT r.s."A" + 1 FROM t', 'SELECT r.s."f:A" + 1 FROM t'],
  ['SELECT t.r."A" + 1 FROM t', 'SELECT t.r."f:A" + 1 FROM t'],
  ['SELECT t."R"."A" + 1 FROM t', 'SELECT t."n:R"."f:A" + 1 FROM t'],
  ['SELECT (r)."A" + l[1]."B" FROM t', 'SELECT (r)."f:A" + l[1]."f:B" FROM t'],
  ['SELECT CAST(r AS ROW("A" INT))', 'SELECT CAST(r AS ROW("f:A" INT))'],
  ['SELECT ROW("A", "B" IS NULL) FROM t', 'SELECT ROW("n:A", "n:B" IS NULL) FROM t'],
  ['SELECT struct_pack("A" := 1)', 'SELECT struct_pack("f:A" := 1)'],
])("names of fields are told from those of columns: %s", (sql, expected) => {
  expect(mapped(sql)).toBe(expected);
});

test.each([
  ['SELECT r."A" FROM t', 'SELECT r."f:A" AS "n:A" FROM t'],
  [
    'SELECT a IS DISTINCT FROM b, r."A" FROM t',
    'SELECT a IS DISTINCT FROM b, r."f:A" AS "n:A" FROM t',
  ],
  ['SELECT DISTINCT 1, t.r."A", 2 FROM t', 'SELECT DISTINCT 1, t.r."f:A" AS "n:A", 2 FROM t'],
  ['SELECT r."A" AS "B" FROM t', 'SELECT r."f:A" AS "n:B" FROM t'],
  ['SELECT f(1, r."A") FROM t', 'SELECT f(1, r."f:A") FROM t'],
  ['SELECT 1 FROM t ORDER BY 1, r."A"', 'SELECT 1 FROM t ORDER BY 1, r."f:A"'],
])("a field that is selected becomes a column of its name: %s", (sql, expected) => {
  expect(mapped(sql)).toBe(expected);
});
