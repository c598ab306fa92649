import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type Program, type ProgramError } from "./program.ts";
import { parseProgram } from "./parse-program.ts";

function program(sql: string): Program {
  const parsed = parseProgram(sql);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.map((e) => e.message).join("; "));
  return parsed.program;
}

function errors(sql: string): readonly ProgramError[] {
  const parsed = parseProgram(sql);
  return parsed.kind === "invalid" ? parsed.errors : [];
}

function messages(sql: string): readonly string[] {
  return errors(sql).map((error) => error.message);
}

/** A view whose output names an index. */
function outputBy(index: string): string {
  const entry = `{"name": "out", "index": ${index}, "transport": {"name": "null_output"}}`;
  return `CREATE VIEW v WITH ('connectors' = '[${entry}]') AS SELECT 1 AS x;`;
}

describe("tables", () => {
  test("a table keeps its columns, their types, defaults and primary key", () => {
    const { tables } = program(
      `create table Orders (
         Id bigint not null primary key, -- the key
         "Note" varchar(20) default 'a, ''b''' not null,
         price decimal(10, 2) default -1.5, /* ; */
         tags int array array,
         attributes map<varchar, row(x int, y timestamp not null)> default map['k', null],
         at timestamp(3) lateness interval '1' hour default null,
         foreign key (id) references other (id)
       );`,
    );
    expect(tables[0]).toMatchObject({
      id: { name: "orders", quoted: false },
      primaryKey: [0],
      materialized: true,
      columns: [
        { id: { name: "id" }, type: { kind: "integer", bits: 64 }, nullable: false },
        { id: { name: "Note", quoted: true }, defaultSql: "'a, ''b'''", nullable: false },
        { type: { kind: "decimal", precision: 10, scale: 2 }, defaultSql: "-1.5" },
        { type: { kind: "array", element: { kind: "array" } } },
        { type: { kind: "map", value: { kind: "row" } }, defaultSql: "map['k', null]" },
        { type: { kind: "timestamp" }, defaultSql: "null" },
      ],
    });
  });

  test("columns of the primary key are not nullable, whether named inline or below", () => {
    const { tables } = program(
      "CREATE TABLE a (x INT PRIMARY KEY); CREATE TABLE b (x INT, y INT, PRIMARY KEY (y, x))",
    );
    expect(tables.map((table) => table.primaryKey)).toEqual([[0], [1, 0]]);
    expect(tables.flatMap((table) => table.columns.map((c) => c.nullable))).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("a table is materialized where it says so or has a key", () => {
    const sql = "CREATE TABLE a (x INT) WITH ('materialized' = 'true'); CREATE TABLE b (x INT)";
    expect(program(sql).tables.map((table) => table.materialized)).toEqual([true, false]);
  });

  test("a named type stands for what it was declared as", () => {
    const { tables } = program(
      "CREATE TYPE point AS (x INT, y INT); CREATE TABLE a (p point ARRAY)",
    );
    expect(tables[0]?.columns[0]?.type).toMatchObject({
      kind: "array",
      element: { kind: "row", fields: [{ name: "x" }, { name: "y" }] },
    });
  });
});

describe("views", () => {
  test("a view's query is its text up to the semicolon that ends it", () => {
    const { views } = program(
      `CREATE MATERIALIZED VIEW v (a, "B") WITH ('connectors' = '[]') AS
       SELECT ';' AS a, /* ; */ "x;y" -- ;
       FROM t ; CREATE LOCAL VIEW w AS SELECT 1`,
    );
    expect(views[0]).toMatchObject({ materialized: true, local: false });
    expect(views[0]?.columnNames).toEqual([
      { name: "a", quoted: false },
      { name: "B", quoted: true },
    ]);
    expect(views[0]?.query).toMatch(/^SELECT ';' AS a[^]*FROM t$/);
    expect(views[1]).toMatchObject({ id: { name: "w" }, local: true, query: "SELECT 1" });
  });
});

describe("indexes", () => {
  test("a view has its indexes in the order written, whatever an index of a table is called", () => {
    const { views } = program(
      `CREATE TABLE t (x INT); CREATE VIEW v AS SELECT x FROM t; CREATE VIEW w AS SELECT 1;
CREATE INDEX V_by ON V (X, "Y"); CREATE INDEX t_by ON t (x); CREATE INDEX second ON v (x)`,
    );
    expect(views[0]?.indexes?.map(({ id, columns }) => [id.name, columns.length])).toEqual([
      ["v_by", 2],
      ["second", 1],
    ]);
    expect(views[0]?.indexes?.[0]?.columns[1]).toEqual({
      id: { name: "Y", quoted: true },
      span: { startLine: 2, startColumn: 28, endLine: 2, endColumn: 30 },
    });
    expect(views[1]).not.toHaveProperty("indexes");
  });

  test("an output names an index as SQL reads names, or null for none", () => {
    const { views } = program(`${outputBy('"I"')} CREATE INDEX i ON v (x)`);
    expect(views[0]?.connectors[0]?.index).toEqual({ name: "i", quoted: false });
    expect(program(outputBy("null")).views[0]?.connectors[0]).not.toHaveProperty("index");
    expect(messages(outputBy("7"))[0]).toContain("'index' must be the name of an index");
  });
});

describe("what is wrong", () => {
  test.each([
    ["SELECT 1", "expected CREATE TABLE"],
    ["CREATE FUNCTION f(x INT) RETURNS INT", "CREATE FUNCTION is not supported"],
    ["CREATE INDEX i ON t (x)", "index 'i' is on 't', which no statement before it declares"],
    ["CREATE TABLE t (x INT); CREATE INDEX i ON t (y)", "'t' has no column 'y'; it has x"],
    ['CREATE VIEW v ("X") AS SELECT 1; CREATE INDEX i ON v (X)', `has no column 'x'; it has "X"`],
    ["CREATE TABLE t (x INT); CREATE INDEX i ON t (x, X)", "column 'x' is declared twice"],
    [
      "CREATE VIEW v AS SELECT 1; CREATE INDEX i ON v (a); CREATE INDEX I ON v (b)",
      "index 'i' is declared twice",
    ],
    ["CREATE VIEW v AS SELECT 1; CREATE INDEX i ON v ()", "expected a column name"],
    ["CREATE TABLE t (x BIGIN)", "did you mean BIGINT?"],
    ["CREATE TABLE t (x DECIMAL(39))", "precision from 1 to 38"],
    ["CREATE TABLE t (x INT, X TEXT)", "column 'x' is declared twice"],
    ["CREATE TABLE t (x INT); CREATE VIEW T AS SELECT 1", "relation 't' is declared twice"],
    ["CREATE TABLE t (x INT, PRIMARY KEY (y))", "does not have; it has x"],
    ["CREATE TABLE t (x INT NULL PRIMARY KEY)", "is declared NULL"],
    ["CREATE TABLE t (x INT PRIMARY KEY, y INT PRIMARY KEY)", "one PRIMARY KEY"],
    ["CREATE TABLE t (x INT) WITH ('materialized' = 'yes')", "'true' or 'false'"],
    ["CREATE TABLE t (x INT", "expected ',' or ')', found the end of the program"],
    ["CREATE TABLE t ()", "expected a column name"],
    ["CREATE VIEW v AS", "expected a query"],
    ["CREATE TABLE t (x TIMESTAMP WITH TIME ZONE)", "time zone"],
    ["CREATE VIEW v AS SELECT 'x", "string is not closed"],
    ["CREATE TABLE t (x INT) /* ", "comment is not closed"],
  ])("%s is refused: %s", (sql, text) => {
    expect(messages(sql).join("\n")).toContain(text);
  });

  test("every faulty statement is reported, at its place, and the good ones between do not hide them", () => {
    const sql = "CREATE TABLE a (x INTT);\nCREATE TABLE b (x INT);\n  CREATE TABLE c (y NOPE);";
    const found = errors(sql);
    expect(found.map(({ span }) => [span.startLine, span.startColumn, span.endColumn])).toEqual([
      [1, 19, 22],
      [3, 21, 24],
    ]);
    expect(found[1]?.snippet).toBe(
      "    3|  CREATE TABLE c (y NOPE);\n                          ^^^^\n",
    );
    expect(found.map((error) => error.errorType)).toEqual([
      "Error parsing SQL",
      "Error parsing SQL",
    ]);
  });
});

const sqlPieces = fc.constantFrom(
  ..."CREATE TABLE VIEW MATERIALIZED LOCAL TYPE AS WITH SELECT PRIMARY KEY NOT NULL DEFAULT INT DECIMAL VARCHAR MAP ROW ARRAY ( ) , ; < > = ' \" -- /* */ 'connectors' '[{}]' x é 1 2.5e3".split(
    " ",
  ),
  "\n",
);

test("any text is a program or a list of errors whose spans lie in the text", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(sqlPieces, { maxLength: 40 }).map((pieces) => pieces.join(" ")),
  );
  fc.assert(
    fc.property(anyText, (sql) => {
      const lines = sql.split("\n");
      for (const { span, message } of errors(sql)) {
        expect(message).not.toBe("");
        expect(span.startLine).toBeGreaterThanOrEqual(1);
        expect(span.startColumn).toBeGreaterThanOrEqual(1);
        expect(span.endLine).toBeGreaterThanOrEqual(span.startLine);
        const sameLine = span.endLine === span.startLine;
        expect(sameLine ? span.endColumn : Infinity).toBeGreaterThanOrEqual(span.startColumn);
        expect(span.endLine).toBeLessThanOrEqual(lines.length);
        expect(span.startColumn).toBeLessThanOrEqual((lines[span.startLine - 1] ?? "").length + 1);
      }
    }),
    { numRuns: 1000 },
  );
});

test("the spans of relations cover their statements and nothing else", () => {
  const { tables, views } = program("CREATE TABLE a (x INT);\nCREATE VIEW v AS\nSELECT x FROM a;");
  expect([tables[0]?.span, views[0]?.span]).toEqual([
    { startLine: 1, startColumn: 1, endLine: 1, endColumn: 22 },
    { startLine: 2, startColumn: 1, endLine: 3, endColumn: 15 },
  ]);
});
