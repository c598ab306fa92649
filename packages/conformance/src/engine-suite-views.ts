/** Laws of views: what a step changes in views with sinks. */

import { type EngineFactory } from "@tidemark/connector";
import { expect, test } from "vitest";

import { changesOf, program, rowsOf, step, temporaryDirectory } from "./engine-kit.ts";

const TABLE = "CREATE TABLE t (a INT, b VARCHAR) WITH ('materialized' = 'true');";
const KEYED = "CREATE TABLE k (id BIGINT NOT NULL PRIMARY KEY, a INT);";
const FILTER = "CREATE MATERIALIZED VIEW f AS SELECT a + 1 AS n, b FROM t WHERE a > 0;";
const COUNT = "CREATE MATERIALIZED VIEW c AS SELECT b, COUNT(*) AS n FROM t GROUP BY b;";

/** Declares the tests. */
export function engineViewLaws(makeFactory: () => EngineFactory): void {
  test("changes are deletes, then inserts, each sorted, a row as often as it changed", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(TABLE + FILTER + COUNT, ["f", "c"]),
    });
    const first = await engine.commit(
      step({
        t: {
          rows: [
            [3, "x"],
            [1, "y"],
            [1, "y"],
            [0, "y"],
          ],
        },
      }),
    );
    expect(first.changedViews).toEqual(new Set(["f", "c"]));
    expect(await changesOf(engine, "f", 1n)).toEqual(['+[2,"y"]', '+[2,"y"]', '+[4,"x"]']);
    expect(await changesOf(engine, "c", 1n)).toEqual(['+["x","1n"]', '+["y","3n"]']);
    await engine.commit(
      step({
        t: {
          rows: [
            [3, "x"],
            [1, "y"],
            [5, "a"],
          ],
          operations: ["delete", "delete", "insert"],
        },
      }),
    );
    expect(await changesOf(engine, "f", 2n)).toEqual(['-[2,"y"]', '-[4,"x"]', '+[6,"a"]']);
    expect(await changesOf(engine, "c", 2n)).toEqual([
      '-["x","1n"]',
      '-["y","3n"]',
      '+["a","1n"]',
      '+["y","2n"]',
    ]);
    expect(await changesOf(engine, "f", 1n)).toHaveLength(3);
  });

  test("a row that goes and comes in one step is no change, and a view it leaves alone is not changed", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(`${KEYED}${TABLE} CREATE VIEW v AS SELECT id, a % 2 AS odd FROM k;`, ["v"]),
    });
    await engine.commit(step({ k: { rows: [[1n, 1]] } }));
    const same = await engine.commit(step({ k: { rows: [[1n, 3]] } }));
    expect(same.changedViews).toEqual(new Set());
    const other = await engine.commit(step({ t: { rows: [[1, "x"]] } }));
    expect(other.changedViews).toEqual(new Set());
    const changed = await engine.commit(step({ k: { rows: [[1n, 4]] } }));
    expect(changed.changedViews).toEqual(new Set(["v"]));
    expect(await changesOf(engine, "v", changed.step)).toEqual(['-["1n",1]', '+["1n",0]']);
  });

  test("a truncate is a delete of every row to views, and rows that come back are no change", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(`${KEYED}${TABLE}${FILTER}${COUNT} CREATE VIEW v AS SELECT id FROM k;`, [
        "f",
        "c",
        "v",
      ]),
    });
    const rows = [
      [1, "x"],
      [2, "y"],
    ];
    await engine.commit(
      step({
        t: { rows },
        k: {
          rows: [
            [1n, 1],
            [2n, 2],
          ],
        },
      }),
    );
    const { changedViews } = await engine.commit(
      step({
        t: { rows: [[], [2, "y"]], operations: ["truncate", "insert"] },
        k: { rows: [[], [1n, 7]], operations: ["truncate", "insert"] },
      }),
    );
    expect(changedViews).toEqual(new Set(["f", "c", "v"]));
    expect(await changesOf(engine, "f", 2n)).toEqual(['-[2,"x"]']);
    expect(await changesOf(engine, "c", 2n)).toEqual(['-["x","1n"]']);
    expect(await changesOf(engine, "v", 2n)).toEqual(['-["2n"]']);
  });

  test("views on views change with the table below them", async () => {
    await using directory = await temporaryDirectory();
    const views = `${FILTER}
      CREATE VIEW g AS SELECT n * 2 AS m FROM f WHERE b <> 'no';
      CREATE VIEW s AS SELECT SUM(m) AS total FROM g;`;
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(TABLE + views, ["g", "s"]),
    });
    await engine.commit(
      step({
        t: {
          rows: [
            [1, "yes"],
            [1, "no"],
          ],
        },
      }),
    );
    expect(await changesOf(engine, "g", 1n)).toEqual(["+[4]"]);
    expect(await changesOf(engine, "s", 1n)).toEqual(['+["4n"]']);
    await engine.commit(step({ t: { rows: [[2, "yes"]] } }));
    expect(await changesOf(engine, "g", 2n)).toEqual(["+[6]"]);
    expect(await changesOf(engine, "s", 2n)).toEqual(['-["4n"]', '+["10n"]']);
  });

  test("undelivered changes survive closing, delivered ones are not told again", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = {
      directory: directory.path,
      program: program(TABLE + FILTER + COUNT, ["f", "c"]),
    };
    {
      await using engine = await factory.open(options);
      await engine.commit(step({ t: { rows: [[1, "x"]] } }));
      await engine.commit(step({ t: { rows: [[2, "x"]] } }, { deliveredStep: 1n }));
    }
    await using again = await factory.open(options);
    expect(await changesOf(again, "f", 1n)).toEqual([]);
    expect(await changesOf(again, "f", 2n)).toEqual(['+[3,"x"]']);
    expect(await changesOf(again, "c", 2n)).toEqual(['-["x","1n"]', '+["x","2n"]']);
    await again.commit(step({ t: { rows: [[3, "x"]] } }, { deliveredStep: 1n }));
    expect(await changesOf(again, "c", 3n)).toEqual(['-["x","2n"]', '+["x","3n"]']);
  });

  test("a view that gets its first sink over rows that are there gives all of them in the next step", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const at = { directory: directory.path };
    {
      await using engine = await factory.open({ ...at, program: program(TABLE + FILTER + COUNT) });
      const committed = await engine.commit(step({ t: { rows: [[1, "x"]] } }));
      expect(committed.changedViews).toEqual(new Set());
    }
    const followed = program(TABLE + FILTER + COUNT, ["f", "c"]);
    await using engine = await factory.open({ ...at, program: followed });
    await engine.commit(step({ t: { rows: [[2, "x"]] } }));
    expect(await changesOf(engine, "f", 2n)).toEqual(['+[2,"x"]', '+[3,"x"]']);
    expect(await changesOf(engine, "c", 2n)).toEqual(['+["x","2n"]']);
    await engine.commit(step({ t: { rows: [[4, "x"]] } }));
    expect(await changesOf(engine, "f", 3n)).toEqual(['+[5,"x"]']);
  });

  test("a big step's changes come in bounded pieces", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(TABLE + FILTER, ["f"]),
    });
    const rows = Array.from({ length: 9000 }, (_, i) => [i % 3, "x"]);
    await engine.commit(step({ t: { rows } }));
    const sizes: number[] = [];
    for await (const piece of engine.changes("f", 1n)) sizes.push(piece.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(6000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
  });

  test("compiling answers the columns of views, named as SQL reads names", async () => {
    const views = `CREATE VIEW v AS SELECT a AS Total, b AS "Exact", SUM(a) OVER () AS s FROM t;
      CREATE VIEW w (One, "Two") AS SELECT Total, "Exact" FROM v;`;
    const compiled = await makeFactory().compile(program(TABLE + views));
    if (compiled.kind === "invalid") throw new Error(JSON.stringify(compiled.errors));
    const names = (view: string) => compiled.views.get(view)?.map(({ id }) => id.name);
    expect(names("v")).toEqual(["total", "Exact", "s"]);
    expect(names("w")).toEqual(["one", "Two"]);
    expect(compiled.views.get("v")?.map(({ type }) => type.kind)).toEqual([
      "integer",
      "text",
      "decimal",
    ]);
  });

  test("compiling names every wrong statement by its place", async () => {
    const text = `${TABLE}
CREATE VIEW v AS SELECT missing FROM t;
CREATE VIEW w AS SELECT * FROM nowhere;
CREATE VIEW fine AS SELECT a FROM t;`;
    const compiled = await makeFactory().compile(program(text));
    if (compiled.kind === "compiled") throw new Error("it compiled");
    expect(compiled.errors.map(({ span }) => span.startLine)).toEqual([2, 3]);
    expect(compiled.errors.map(({ errorType }) => errorType)).toEqual([
      "Error in SQL statement",
      "Error in SQL statement",
    ]);
    expect(compiled.errors[0]?.message).toContain("missing");
    expect(compiled.errors[1]?.message).toContain("nowhere");
  });

  test("a view with a sink may not answer by the clock or by chance", async () => {
    const factory = makeFactory();
    for (const changing of ["now()", "current_timestamp", "random()"]) {
      const text = `${TABLE} CREATE VIEW v AS SELECT a, ${changing} AS x FROM t;`;
      const refused = await factory.compile(program(text, ["v"]));
      expect(refused.kind).toBe("invalid");
      const allowed = await factory.compile(program(text));
      expect(allowed.kind).toBe("compiled");
    }
  });

  test("a row that a view with a sink can't compute fails the step by the view's name, and nothing of it is stored", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const view = "CREATE VIEW poisoned AS SELECT CAST(b AS INT) AS n FROM t;";
    const at = { directory: directory.path, program: program(TABLE + view, ["poisoned"]) };
    {
      await using engine = await factory.open(at);
      await engine.commit(step({ t: { rows: [[1, "7"]] } }));
      const failing = engine.commit(step({ t: { rows: [[2, "seven"]] } }));
      await expect(failing).rejects.toThrow(/view poisoned .*'seven'.*nothing of the step/su);
    }
    await using again = await factory.open(at);
    expect(again.recovered.step).toBe(1n);
    expect(await rowsOf(again, "SELECT * FROM t")).toEqual(['[1,"7"]']);
    await again.commit(step({ t: { rows: [[3, "8"]] } }));
    expect(await changesOf(again, "poisoned", 2n)).toEqual(["+[8]"]);
  });

  test("views without sinks are always what their query says", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(TABLE + COUNT),
    });
    await engine.commit(step({ t: { rows: [[1, "x"]] } }));
    expect(await rowsOf(engine, "SELECT * FROM c")).toEqual(['["x","1n"]']);
  });
}
