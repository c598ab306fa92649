/** Laws of following: snapshot and changes of any relation, for as long as somebody asks. */

import {
  type Engine,
  type EngineFactory,
  type Following,
  QueryError,
  type ViewChange,
} from "@tidemark/connector";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { program, rowsOf, showRow, step, temporaryDirectory } from "./engine-kit.ts";
import { changesFrom, type GivenStep, steps, takeOne } from "./engine-suite-model.ts";

const SQL = `
  CREATE TABLE bag (a INT, b VARCHAR) WITH ('materialized' = 'true');
  CREATE TABLE keyed (id BIGINT NOT NULL PRIMARY KEY, a INT, b VARCHAR);
  CREATE MATERIALIZED VIEW linear AS SELECT a / 2 AS h, b FROM bag WHERE a IS NOT NULL;
  CREATE MATERIALIZED VIEW upon AS SELECT h FROM linear WHERE b = 'p';
  CREATE MATERIALIZED VIEW total AS SELECT b, COUNT(*) AS n, SUM(a) AS s FROM bag GROUP BY b;
  CREATE MATERIALIZED VIEW joined AS SELECT id, bag.b FROM keyed JOIN bag ON keyed.a = bag.a;
  CREATE MATERIALIZED VIEW constant AS SELECT 1 AS one;`;

const RELATIONS = ["bag", "keyed", "linear", "upon", "total", "joined", "constant"];

/** For each relation, after how many steps somebody begins to follow it, and for how many. */
const followers = fc.array(
  fc.record({
    relation: fc.constantFrom(...RELATIONS),
    from: fc.nat(4),
    steps: fc.integer({ min: 1, max: 6 }),
  }),
  { minLength: 3, maxLength: 8 },
);

/** Declares the tests. */
export function engineFollowingLaws(makeFactory: () => EngineFactory): void {
  test("whoever begins at whichever step, snapshot and changes add up to the relation, deletes before inserts, each sorted", async () => {
    const cases = fc.tuple(fc.subarray(["linear", "total", "joined"]), steps, followers);
    await fc.assert(
      fc.asyncProperty(cases, async ([withSinks, all, asked]) => {
        await using directory = await temporaryDirectory();
        await using engine = await makeFactory().open({
          directory: directory.path,
          program: program(SQL, withSinks),
        });
        expect(await addsUp(engine, all, asked)).toBe(true);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  test("a snapshot answers the step it was taken at, however late it is read", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(SQL),
    });
    const rows = [
      [1, "b"],
      [1, "a"],
      [1, "a"],
    ];
    await engine.commit(step({ bag: { rows } }));
    const { signal } = new AbortController();
    const snapshot = await engine.snapshot("bag", { signal });
    await engine.commit(step({ bag: { rows: [[2, "c"]] } }));
    expect(await shown(snapshot)).toEqual(['+[1,"a"]', '+[1,"a"]', '+[1,"b"]']);
  });

  test("a snapshot that is given up leaves the engine free to close", async () => {
    await using directory = await temporaryDirectory();
    const engine = await makeFactory().open({ directory: directory.path, program: program(SQL) });
    await engine.commit(step({ bag: { rows: Array.from({ length: 9000 }, (_, i) => [i, "x"]) } }));
    const stop = new AbortController();
    await engine.snapshot("bag", { signal: stop.signal });
    const half = await engine.snapshot("bag", { signal: stop.signal });
    const first = await half[Symbol.asyncIterator]().next();
    expect(first.done).toBe(false);
    stop.abort(new Error("enough"));
    await engine[Symbol.asyncDispose]();
    await using again = await makeFactory().open({
      directory: directory.path,
      program: program(SQL),
    });
    expect(again.recovered.step).toBe(1n);
  });

  test("a row that a followed view can't compute ends the following with a word, and commits go on", async () => {
    await using directory = await temporaryDirectory();
    const views = `CREATE VIEW linear_cast AS SELECT CAST(b AS INT) AS n FROM bag;
      CREATE VIEW total_cast AS SELECT SUM(CAST(b AS INT)) AS n FROM bag;`;
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(SQL + views),
    });
    const linear = await engine.follow("linear_cast");
    const total = await engine.follow("total_cast");
    const bag = await engine.follow("bag");
    await engine.commit(step({ bag: { rows: [[1, "7"]] } }));
    expect(await shown(linear.changes())).toEqual(["+[7]"]);
    expect(await shown(total.changes())).toEqual(["-[null]", '+["7n"]']);
    await engine.commit(step({ bag: { rows: [[1, "seven"]] } }));
    await expect(shown(linear.changes())).rejects.toThrow(QueryError);
    await expect(shown(total.changes())).rejects.toThrow(/seven/);
    expect(await shown(bag.changes())).toEqual(['+[1,"seven"]']);
    await Promise.all([linear[Symbol.asyncDispose](), total[Symbol.asyncDispose]()]);
    const third = await engine.commit(step({ bag: { rows: [[2, "8"]] } }));
    expect(third.step).toBe(3n);
    expect(await shown(bag.changes())).toEqual(['+[2,"8"]']);
  });

  test("a view that answers by the clock can't be followed", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: program(`${SQL} CREATE VIEW v AS SELECT a, now() AS x FROM bag;
        CREATE VIEW w AS SELECT a FROM v;`),
    });
    await expect(engine.follow("v")).rejects.toThrow(QueryError);
    await expect(engine.follow("w")).rejects.toThrow(/now/);
  });
}

interface Follower {
  readonly relation: string;
  readonly until: number;
  readonly following: Following;
  readonly content: string[];
}

async function addsUp(
  engine: Engine,
  all: readonly GivenStep[],
  asked: readonly { readonly relation: string; readonly from: number; readonly steps: number }[],
): Promise<boolean> {
  let open: readonly Follower[] = [];
  for (const [index, { bag, keyed }] of all.entries()) {
    for (const { relation, from, steps: many } of asked) {
      if (from !== index) continue;
      const follower = await begin(engine, relation, index + many);
      open = [...open, follower];
      await expectSame(engine, follower);
    }
    await engine.commit(step({ bag: changesFrom(bag), keyed: changesFrom(keyed) }));
    for (const follower of open) {
      await apply(follower.content, follower.following.changes());
      await expectSame(engine, follower);
      if (follower.until <= index) await follower.following[Symbol.asyncDispose]();
    }
    open = open.filter(({ until }) => until > index);
  }
  return true;
}

async function begin(engine: Engine, relation: string, until: number): Promise<Follower> {
  const following = await engine.follow(relation);
  const { signal } = new AbortController();
  const content: string[] = [];
  expect(await shown(following.changes())).toEqual([]);
  await apply(content, await engine.snapshot(relation, { signal }));
  return { relation, until, following, content };
}

async function expectSame(engine: Engine, { relation, content }: Follower): Promise<void> {
  expect(await rowsOf(engine, `SELECT * FROM ${relation}`)).toEqual(content.toSorted());
}

/** Applies changes to a list of rows, and expects them in the order of the contract. */
async function apply(
  content: string[],
  changes: AsyncIterable<readonly ViewChange[]>,
): Promise<void> {
  let last: ViewChange | undefined;
  for await (const piece of changes) {
    for (const change of piece) {
      if (last !== undefined) expect(isInOrder(last, change)).toBe(true);
      last = change;
      if (change.weight === 1) content.push(showRow(change.row));
      else expect(takeOne(content, showRow(change.row))).toBe(true);
    }
  }
}

function isInOrder(a: ViewChange, b: ViewChange): boolean {
  if (a.weight !== b.weight) return a.weight < b.weight;
  for (const [i, left] of a.row.entries()) {
    const right = b.row[i] ?? null;
    if (left === right) continue;
    // NULL comes last, as in an index.
    if (left === null) return false;
    return right === null || left < right;
  }
  return true;
}

async function shown(changes: AsyncIterable<readonly ViewChange[]>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const piece of changes) {
    all.push(...piece.map(({ weight, row }) => `${weight > 0 ? "+" : "-"}${showRow(row)}`));
  }
  return all;
}
