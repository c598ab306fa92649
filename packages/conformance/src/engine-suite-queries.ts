/** Laws of queries: one read-only statement, on what is materialized, and nothing else. */

import { type Engine, type EngineFactory, QueryError } from "@tidemark/connector";
import { expect, test } from "vitest";

import { program, rowsOf, step, temporaryDirectory } from "./engine-kit.ts";

const PROGRAM = program(`
  CREATE TABLE t (a INT, "Case" VARCHAR) WITH ('materialized' = 'true');
  CREATE TABLE hidden (a INT);
  CREATE VIEW plain AS SELECT a FROM t;
  CREATE MATERIALIZED VIEW m AS SELECT t.a FROM hidden, t;`);

/** Declares the tests. */
export function engineQueryLaws(makeFactory: () => EngineFactory): void {
  const withEngine = async (use: (engine: Engine) => Promise<void>): Promise<void> => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({ directory: directory.path, program: PROGRAM });
    await engine.commit(step({ t: { rows: [[1, "x"]] }, hidden: { rows: [[2]] } }));
    await use(engine);
  };
  test("a query reads tables and views as of the last commit", () =>
    withEngine(async (engine) => {
      expect(await rowsOf(engine, 'SELECT a, "Case" FROM T')).toEqual(['[1,"x"]']);
      expect(await rowsOf(engine, "WITH hidden AS (SELECT a FROM m) SELECT * FROM hidden")).toEqual(
        ["[1]"],
      );
      await engine.commit(step({ t: { rows: [[2, "y"]] } }));
      expect(await rowsOf(engine, "SELECT COUNT(*) FROM t")).toEqual(['["2n"]']);
    }));

  test("an answer that is being read holds one step's state, whatever is committed meanwhile", () =>
    withEngine(async (engine) => {
      const many = Array.from({ length: 20_000 }, (_, i) => [i, "many"]);
      await engine.commit(step({ t: { rows: many } }));
      const { signal } = new AbortController();
      const { rows } = await engine.query("SELECT a FROM t UNION ALL SELECT a FROM t", { signal });
      let read = 0;
      for await (const piece of rows) {
        if (read === 0) await engine.commit(step({ t: { rows: many } }));
        read += piece.length;
      }
      expect(read).toBe(2 * 20_001);
      expect(await rowsOf(engine, "SELECT COUNT(*) FROM t")).toEqual(['["40001n"]']);
    }));

  test("columns are named as SQL reads names", () =>
    withEngine(async (engine) => {
      const { signal } = new AbortController();
      const { columns, rows } = await engine.query('SELECT a AS Low, a AS "High", * FROM t', {
        signal,
      });
      expect(columns.map(({ id }) => id.name)).toEqual(["low", "High", "a", "Case"]);
      for await (const piece of rows) expect(piece).toEqual([[1, 1, 1, "x"]]);
      const counted = await engine.query("SELECT COUNT(*), count( * ) + 1 FROM t", { signal });
      expect(counted.columns.map(({ id }) => id.name)).toEqual(["count(*)", "(count(*) + 1)"]);
      for await (const piece of counted.rows) expect(piece).toEqual([[1n, 2n]]);
    }));

  test("what has no name is called after its place: columns of a view, fields of a row", async () => {
    await using directory = await temporaryDirectory();
    const declared = program(`CREATE TABLE t (a INT) WITH ('materialized' = 'true');
      CREATE MATERIALIZED VIEW v AS SELECT a + 1, a, COUNT(*), a AS b FROM t GROUP BY a;
      CREATE MATERIALIZED VIEW w AS SELECT t.*, CAST(a AS BIGINT) FROM t UNION ALL SELECT 1, 2;
      CREATE MATERIALIZED VIEW r AS SELECT ROW(a, 'x') AS r, ARRAY[ROW(a, ROW(1, a))] AS rs FROM t;`);
    await using engine = await makeFactory().open({ directory: directory.path, program: declared });
    await engine.commit(step({ t: { rows: [[7]] } }));
    const { signal } = new AbortController();
    const answer = async (sql: string): Promise<readonly [readonly string[], unknown, unknown]> => {
      const { columns, rows } = await engine.query(sql, { signal });
      const all: unknown[] = [];
      for await (const piece of rows) all.push(...piece);
      const fields = columns.map(({ type }) => ("fields" in type ? type.fields : []));
      return [
        columns.map(({ id }) => id.name),
        fields.map((each) => each.map(({ name }) => name)),
        all,
      ];
    };
    expect(await answer("SELECT * FROM v")).toEqual([
      ["EXPR$0", "a", "EXPR$2", "b"],
      [[], [], [], []],
      [[8, 7, 1n, 7]],
    ]);
    expect((await answer("SELECT * FROM w"))[0]).toEqual(["a", "EXPR$1"]);
    expect(await answer("SELECT * FROM r")).toEqual([
      ["r", "rs"],
      [["EXPR$0", "EXPR$1"], []],
      [[[7, "x"], [[7, [1, 7]]]]],
    ]);
    expect((await answer("SELECT (1, 'a') AS p"))[2]).toEqual([[[1, "a"]]]);
  });

  test("a column of an expression is called as that was written, whatever is made of it", async () => {
    await using directory = await temporaryDirectory();
    const declared = program(`CREATE TABLE t (a INT, "Case" VARCHAR, v VARIANT)
      WITH ('materialized' = 'true')`);
    await using engine = await makeFactory().open({ directory: directory.path, program: declared });
    const { signal } = new AbortController();
    const namesOf = async (sql: string): Promise<readonly string[]> => {
      const { columns, rows } = await engine.query(sql, { signal });
      for await (const _ of rows);
      return columns.map(({ id }) => id.name);
    };
    expect(await namesOf("SELECT 1/2")).toEqual(["1/2"]);
    expect(await namesOf("SELECT a, TYPEOF(v), v['Name'], a + 1, NOW( ) AS Now FROM t")).toEqual([
      "a",
      "typeof(v)",
      "v['Name']",
      "(a + 1)",
      "now",
    ]);
    expect(
      await namesOf(
        'SELECT typeof("Case"), *, a, t.*, COUNT( * ) OVER () / 2 -- half\n, 3/1 x FROM t',
      ),
    ).toEqual([
      'typeof("Case")',
      "a",
      "Case",
      "v",
      "a",
      "a",
      "Case",
      "v",
      "count(*) over () / 2",
      "x",
    ]);
    expect(
      await namesOf("WITH q AS (SELECT 1/2 AS h) SELECT DISTINCT h / 3 FROM q UNION SELECT 4 / 5"),
    ).toEqual(["h / 3"]);
    expect(
      await namesOf("SELECT extract(DOW FROM DATE '2026-01-02'), h FROM (SELECT 1 AS h)"),
    ).toEqual(["extract(dow from date '2026-01-02')", "h"]);
  });

  test("unquoted names are folded by Unicode rules in views and queries, quoted ones are exact", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(
        "CREATE TABLE ΔΘ (Größe INT, \"Ü\" INT) WITH ('materialized' = 'true');" +
          'CREATE MATERIALIZED VIEW Prüf AS SELECT GRÖSSE_.GRÖßE AS Maß, "Ü" FROM ΔΘ AS Grösse_;',
      ),
    });
    await engine.commit(step({ δθ: { rows: [[1, 2]] } }));
    expect(await rowsOf(engine, "SELECT MAß, \"Ü\", 'Ü' FROM PRÜF")).toEqual(['[1,2,"Ü"]']);
    expect(await rowsOf(engine, "SELECT δθ.größe FROM ΔΘ")).toEqual(["[1]"]);
    await expect(rowsOf(engine, 'SELECT * FROM "ΔΘ"')).rejects.toThrow(/does not exist/u);
  });

  test("what is not materialized can't be read, also not by way of WITH", () =>
    withEngine(async (engine) => {
      for (const [sql, name] of [
        ["SELECT * FROM hidden", "hidden"],
        ["SELECT * FROM plain", "plain"],
        ["WITH x AS (SELECT * FROM hidden) SELECT * FROM x", "hidden"],
        ["WITH hidden AS (SELECT * FROM hidden) SELECT * FROM hidden", "hidden"],
        ["SELECT (SELECT max(a) FROM hidden) FROM t", "hidden"],
        ["SELECT * FROM t UNION ALL SELECT a, 'x' FROM main.hidden", "hidden"],
        ["TABLE hidden", "hidden"],
        ["SELECT EXISTS(FROM hidden)", "hidden"],
        ["SELECT a IN (FROM hidden) FROM t", "hidden"],
        ["SELECT * FROM t LIMIT (SELECT count(*) FROM hidden)", "hidden"],
        ["SELECT * FROM t ORDER BY (SELECT max(a) FROM hidden)", "hidden"],
        ["SELECT sum(a) FILTER (WHERE a > (SELECT max(a) FROM hidden)) FROM t", "hidden"],
        ["SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY (FROM hidden))", "hidden"],
        ["SELECT list_transform([1], x -> (SELECT max(a) FROM hidden))", "hidden"],
        ["SELECT * FROM t, LATERAL (SELECT * FROM hidden) h", "hidden"],
        ["SELECT * REPLACE ((SELECT max(a) FROM hidden) AS a) FROM t", "hidden"],
        ["SELECT * FROM range((SELECT count(*) FROM hidden))", "hidden"],
        ["WITH RECURSIVE r AS (SELECT a FROM t UNION ALL SELECT a FROM hidden) FROM r", "hidden"],
      ] as const) {
        expect(await refusal(engine, sql)).toBe(
          `Tried to SELECT from a non-materialized source. Make sure \`${name}\` is configured as materialized: use a primary key or WITH ('materialized' = 'true') on tables, CREATE MATERIALIZED VIEW on views`,
        );
      }
    }));

  test("anything but one SELECT is refused and changes nothing", () =>
    withEngine(async (engine) => {
      expect(await refusal(engine, "")).toContain("No SQL statement");
      expect(await refusal(engine, " -- nothing\n")).toContain("No SQL statement");
      for (const sql of [
        "SELECT 1; SELECT 2",
        "SELECT 1; DELETE FROM t",
        "DELETE FROM t",
        "INSERT INTO t VALUES (3, 'z')",
        "DROP TABLE t",
        "CREATE TABLE u (a INT)",
        "COMMIT",
        "SET threads = 1",
        "ATTACH 'other.db'",
        "COPY t TO 'out.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "COPY (SELECT 1) TO 'out.csv'",
        "COPY t FROM 'in.csv'",
        "EXPORT DATABASE 'out'",
        "IMPORT DATABASE 'in'",
        "PRAGMA database_list",
        "CALL pragma_database_list()",
        "CHECKPOINT",
        "VACUUM",
        "BEGIN",
        "USE main",
        "RESET threads",
        "SET VARIABLE x = 1",
        "DETACH engine",
        "UPDATE t SET a = 3",
        "TRUNCATE t",
        "ALTER TABLE t ADD COLUMN b INT",
        "CREATE TEMP TABLE u AS SELECT 1",
        "CREATE MACRO m() AS 1",
        "MERGE INTO t USING t AS s ON true WHEN MATCHED THEN DELETE",
        "PREPARE p AS SELECT 1; EXECUTE p",
        "EXPLAIN ANALYZE SELECT 1",
        "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
        "SELEC 1",
      ]) {
        await refusal(engine, sql);
      }
      expect(await rowsOf(engine, "SELECT a FROM t")).toEqual(["[1]"]);
    }));

  test("a query reaches neither files nor the network nor what the engine keeps for itself", () =>
    withEngine(async (engine) => {
      for (const sql of [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
        "SELECT * FROM glob('*')",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_database_list",
        "SELECT current_setting('temp_directory')",
        "SELECT * FROM query('SELECT * FROM hidden')",
        "SELECT * FROM query_table('hidden')",
        "FROM tidemark_internal.meta",
        "SELECT * FROM (DESCRIBE tidemark_internal.meta)",
        "SELECT * FROM 'http://127.0.0.1:1/x.parquet'",
        "SELECT * FROM 's3://bucket/x'",
        "SELECT * FROM read_parquet('x')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM parquet_metadata('x')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM pragma_table_info('hidden')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('FROM hidden'))",
        "SELECT json_serialize_plan('FROM hidden')",
        "SELECT getenv('PATH')",
        "SELECT * FROM checkpoint()",
        "SELECT * FROM seq_scan('hidden')",
        "SELECT * FROM system.main.duckdb_tables",
        "SELECT * FROM pg_catalog.pg_class",
        "SHOW ALL TABLES",
        "SHOW TABLES",
      ]) {
        const message = await refusal(engine, sql);
        expect(message).not.toMatch(/tidemark-engine-|engine\.duckdb/u);
      }
    }));

  test("an aborted query rejects with the signal's reason, and others go on", () =>
    withEngine(async (engine) => {
      const controller = new AbortController();
      const reason = new Error("enough");
      const sql = "SELECT count(*) FROM range(1000000) AS x, range(1000000) AS y";
      const query = engine.query(sql, { signal: controller.signal });
      setImmediate(() => controller.abort(reason));
      await expect(query.then(({ rows }) => drain(rows))).rejects.toBe(reason);
      await expect(engine.query("SELECT 1", { signal: controller.signal })).rejects.toBe(reason);
      expect(await rowsOf(engine, "SELECT a FROM t")).toEqual(["[1]"]);
    }));

  test("an endless answer can be left at any time, and closing ends those still read", async () => {
    await withEngine(async (engine) => {
      const { signal } = new AbortController();
      const endless = "SELECT * FROM range(100000000000)";
      const { rows } = await engine.query(endless, { signal });
      for await (const piece of rows) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      await engine.query(endless, { signal });
      await engine.commit(step({ t: { rows: [[2, "y"]] } }));
      expect(await rowsOf(engine, "SELECT a FROM t")).toEqual(["[1]", "[2]"]);
    });
  });

  test("faults while rows are read are query errors", () =>
    withEngine(async (engine) => {
      expect(await refusal(engine, "SELECT CAST('x' || a AS INT) FROM t")).toContain("x1");
    }));

  test("an answer that fails after many rows is a query error, never a shorter answer", () =>
    withEngine(async (engine) => {
      expect(await refusal(engine, failingAt(200_000))).toContain("x200000");
      expect(await refusal(engine, `${failingAt(200_000)} -- comment`)).toContain("x200000");
      expect(await rowsOf(engine, failingAt(300_000))).toHaveLength(300_000);
      expect(await rowsOf(engine, "SELECT a FROM t")).toEqual(["[1]"]);
    }));
}

async function drain(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const piece of pieces) void piece;
}

/** The message that an engine refuses a query with. */
async function refusal(engine: Engine, sql: string): Promise<string> {
  const fault: unknown = await rowsOf(engine, sql).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(fault).toBeInstanceOf(QueryError);
  return fault instanceof QueryError ? fault.message : "";
}

/** A query of 300,000 rows, one of which fails where there is such a one. */
function failingAt(row: number): string {
  return `SELECT CASE WHEN i < ${row} THEN i ELSE CAST('x' || i AS BIGINT) END FROM range(300000) AS r(i)`;
}
