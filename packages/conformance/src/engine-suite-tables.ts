/** Laws of tables: what changes do to bags and to keyed tables, and that values come back as given. */

import { type EngineFactory, type Value } from "@tidemark/connector";
import { expect, test } from "vitest";

import { program, rowsOf, showRow, step, temporaryDirectory } from "./engine-kit.ts";

const BAG = program("CREATE TABLE t (a INT, b VARCHAR) WITH ('materialized' = 'true');");
const KEYED = program(
  "CREATE TABLE k (id BIGINT NOT NULL PRIMARY KEY, a INT, b VARCHAR DEFAULT 'd');",
);

/** Declares the tests. */
export function engineTableLaws(makeFactory: () => EngineFactory): void {
  test("a delete takes one equal row out of a bag, NULLs being equal; a missing one is ignored", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({ directory: directory.path, program: BAG });
    const rows = [
      [1, null],
      [1, null],
      [1, null],
      [2, "x"],
    ];
    await engine.commit(step({ t: { rows } }));
    await engine.commit(
      step({
        t: {
          rows: [
            [1, null],
            [1, null],
            [9, "z"],
          ],
          operations: ["delete", "delete", "delete"],
        },
      }),
    );
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual(["[1,null]", '[2,"x"]']);
  });

  test("changes to a bag apply in order, also over several inputs of one step", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({ directory: directory.path, program: BAG });
    const row = [1, "x"];
    await engine.commit({
      ...step({}),
      inputs: [
        { table: "t", changes: { rows: [row, row], operations: ["delete", "insert"] } },
        {
          table: "t",
          changes: { rows: [row, row, row], operations: ["delete", "delete", "insert"] },
        },
      ],
    });
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual(['[1,"x"]']);
  });

  test("the last change per key counts: inserts replace, deletes go by key, updates patch", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({ directory: directory.path, program: KEYED });
    await engine.commit(
      step({
        k: {
          rows: [
            [1n, 1, "a"],
            [1n, 2, undefined],
            [2n, 1, "b"],
            [3n, 1, "c"],
            [4n, 4, "e"],
          ],
        },
      }),
    );
    await engine.commit(
      step({
        k: {
          rows: [
            [1n, 7, undefined],
            [1n, undefined, null],
            [2n, undefined, undefined],
            [2n, 5, undefined],
            [3n, undefined, undefined],
            [3n, 6, "n"],
            [3n, 8, undefined],
            [9n, 1, undefined],
            [4n, 0, "replaced"],
          ],
          operations: [
            "update",
            "update",
            "delete",
            "update",
            "delete",
            "insert",
            "update",
            "update",
            "insert",
          ],
        },
      }),
    );
    expect(await rowsOf(engine, "SELECT * FROM k")).toEqual([
      '["1n",7,null]',
      '["3n",8,"n"]',
      '["4n",0,"replaced"]',
    ]);
  });

  test("a truncate removes every row given before it, and none after it", async () => {
    await using directory = await temporaryDirectory();
    const tables = program(`CREATE TABLE t (a INT) WITH ('materialized' = 'true');
      CREATE TABLE k (id BIGINT NOT NULL PRIMARY KEY, a INT);`);
    await using engine = await makeFactory().open({ directory: directory.path, program: tables });
    await engine.commit(
      step({
        t: { rows: [[1], [1], [2]] },
        k: {
          rows: [
            [1n, 1],
            [2n, 2],
          ],
        },
      }),
    );
    await engine.commit(
      step({
        t: {
          rows: [[1], [3], [], [1], [4], [2]],
          operations: ["delete", "insert", "truncate", "insert", "insert", "delete"],
        },
        k: {
          rows: [[3n, 3], [], [1n, 9], [2n, 5], [4n, 4]],
          operations: ["insert", "truncate", "update", "insert", "insert"],
        },
      }),
    );
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual(["[1]", "[4]"]);
    expect(await rowsOf(engine, "SELECT * FROM k")).toEqual(['["2n",5]', '["4n",4]']);
    const none = { rows: [[]], operations: ["truncate"] as const };
    await engine.commit(step({ t: none, k: none }));
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual([]);
    expect(await rowsOf(engine, "SELECT * FROM k")).toEqual([]);
    await engine.commit(step({ t: none }));
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual([]);
  });

  test("columns that an insert does not give take their default, or NULL", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({ directory: directory.path, program: KEYED });
    await engine.commit(step({ k: { rows: [[1n, undefined, undefined], [2n], [3n, 1, null]] } }));
    expect(await rowsOf(engine, "SELECT * FROM k")).toEqual([
      '["1n",null,"d"]',
      '["2n",null,"d"]',
      '["3n",1,null]',
    ]);
  });

  test("a step with more rows than any chunk arrives whole", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({ directory: directory.path, program: BAG });
    const rows = Array.from({ length: 10_001 }, (_, i) => [i, `row ${i}`]);
    await engine.commit(step({ t: { rows } }));
    expect(await rowsOf(engine, "SELECT count(*), count(DISTINCT a), sum(a) FROM t")).toEqual([
      '["10001n","10001n","50005000n"]',
    ]);
  });

  test.each(VALUES)("a value of type $type comes back as given", async ({ type, values }) => {
    await using directory = await temporaryDirectory();
    const declared = program(`CREATE TABLE t (a ${type}) WITH ('materialized' = 'true');`);
    await using engine = await makeFactory().open({ directory: directory.path, program: declared });
    const rows = [...values, null].map((value) => [value]);
    await engine.commit(step({ t: { rows } }));
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual(rows.map(showRow).toSorted());
    await engine.commit(step({ t: { rows, operations: rows.map(() => "delete" as const) } }));
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual([]);
  });
}

const DAY = 86_400_000_000_000n;

const VALUES: readonly { readonly type: string; readonly values: readonly Value[] }[] = [
  { type: "BOOLEAN", values: [true, false] },
  { type: "TINYINT", values: [-128, 127] },
  { type: "SMALLINT", values: [-32_768, 32_767] },
  { type: "INT", values: [-(2 ** 31), 2 ** 31 - 1] },
  { type: "BIGINT", values: [-(2n ** 63n), 2n ** 63n - 1n, 9_007_199_254_740_993n] },
  { type: "BIGINT UNSIGNED", values: [0n, 2n ** 64n - 1n] },
  { type: "DECIMAL(38, 10)", values: [10n ** 38n - 1n, -(10n ** 38n) + 1n, 5n] },
  { type: "DECIMAL(4, 2)", values: [-9999n, 1n] },
  { type: "REAL", values: [0.5, -1.25] },
  { type: "DOUBLE", values: [0.1, -1e300, 5e-324] },
  { type: "VARCHAR", values: ["", "it's", "☃ 🜃", "a\nb", "a long text that is not kept inline"] },
  { type: "VARBINARY", values: [new Uint8Array(), new Uint8Array([0, 255, 1])] },
  { type: "DATE", values: [0, -719_162, 2_932_896] },
  { type: "TIME", values: [0n, DAY - 1n] },
  {
    type: "TIMESTAMP",
    values: [0n, -106_751n * DAY, 2n ** 63n - 2n, 1_700_000_000_123_456_789n],
  },
  {
    type: "TIMESTAMP(6)",
    values: [0n, -719_162n * DAY, 2_932_897n * DAY - 1000n, 1_700_000_000_123_456_000n],
  },
  {
    type: "UUID",
    values: ["00000000-0000-0000-0000-000000000000", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
  },
  { type: "VARIANT", values: ['{"b":[1.10,null,"x"],"a":12345678901234567890123}', "1"] },
  { type: "INT ARRAY", values: [[], [1, null, 3]] },
  { type: "VARCHAR ARRAY ARRAY", values: [[["a"], [], null]] },
  {
    type: "MAP<VARCHAR, BIGINT>",
    values: [
      [],
      [
        ["a", 1n],
        ["b", null],
      ],
    ],
  },
  {
    type: "ROW(x INT, y VARCHAR NULL)",
    values: [
      [1, "a"],
      [2, null],
    ],
  },
];
