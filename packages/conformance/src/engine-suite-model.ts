/** Laws over any steps: tables and accumulated view changes agree with a plain model. */

import {
  type Changes,
  type Engine,
  type EngineFactory,
  type Operation,
  type Row,
} from "@tidemark/connector";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { program, rowsOf, showRow, step, temporaryDirectory } from "./engine-kit.ts";

const PROGRAM = program(
  `CREATE TABLE bag (a INT, b VARCHAR) WITH ('materialized' = 'true');
   CREATE TABLE keyed (id BIGINT NOT NULL PRIMARY KEY, a INT, b VARCHAR);
   CREATE MATERIALIZED VIEW bag_linear AS SELECT a / 2 AS h, b FROM bag WHERE a IS NOT NULL;
   CREATE MATERIALIZED VIEW bag_total AS SELECT b, COUNT(*) AS n, SUM(a) AS s FROM bag GROUP BY b;
   CREATE MATERIALIZED VIEW keyed_linear AS SELECT a FROM keyed WHERE b <> 'p';
   CREATE MATERIALIZED VIEW keyed_total AS SELECT COUNT(*) AS n FROM keyed;`,
  ["bag_linear", "bag_total", "keyed_linear", "keyed_total"],
);

const a = fc.option(fc.integer({ min: 0, max: 3 }));
const b = fc.option(fc.constantFrom("p", "q"));
const id = fc.bigInt({ min: 1n, max: 4n });

/** A row and what is done with it. */
export interface Change {
  readonly operation: Operation;
  readonly row: Row;
}

const truncate: fc.Arbitrary<Change> = fc.constant({ operation: "truncate", row: [] });
const bagChange: fc.Arbitrary<Change> = rarely(
  truncate,
  fc.record({
    operation: fc.constantFrom<Operation>("insert", "insert", "delete"),
    row: fc.tuple(a, b),
  }),
);
const keyedChange: fc.Arbitrary<Change> = rarely(
  truncate,
  fc.record({
    operation: fc.constantFrom<Operation>("insert", "update", "delete"),
    row: fc.tuple(id, maybe(a), maybe(b)),
  }),
);

function rarely<T>(rare: fc.Arbitrary<T>, often: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 1, arbitrary: rare }, { weight: 12, arbitrary: often });
}

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

/** Changes to the tables `bag` and `keyed`. */
export interface GivenStep {
  readonly bag: readonly Change[];
  readonly keyed: readonly Change[];
  /** Whether the engine is closed and opened after it. */
  readonly reopens: boolean;
}

/** Some steps. */
export const steps: fc.Arbitrary<readonly GivenStep[]> = fc.array(
  fc.record({
    bag: fc.array(bagChange, { maxLength: 8 }),
    keyed: fc.array(keyedChange, { maxLength: 8 }),
    reopens: fc.constantFrom(false, false, false, true),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Declares the tests. */
export function engineModelLaws(makeFactory: () => EngineFactory): void {
  test("after any steps, tables are what the model says and view changes add up to the views", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        expect(await agrees(makeFactory(), all)).toBe(true);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
}

async function agrees(factory: EngineFactory, all: readonly GivenStep[]): Promise<boolean> {
  await using directory = await temporaryDirectory();
  const options = { directory: directory.path, program: PROGRAM };
  let engine = await factory.open(options);
  try {
    const model = new Model();
    for (const { bag, keyed, reopens } of all) {
      const { step: at } = await engine.commit(
        step({ bag: changesFrom(bag), keyed: changesFrom(keyed) }),
      );
      model.apply(bag, keyed);
      if (reopens) {
        await engine[Symbol.asyncDispose]();
        engine = await factory.open(options);
      }
      await model.expectSame(engine, at);
    }
  } finally {
    await engine[Symbol.asyncDispose]();
  }
  return true;
}

/** Changes as an engine takes them. */
export function changesFrom(changes: readonly Change[]): Changes {
  return {
    rows: changes.map(({ row }) => row),
    operations: changes.map(({ operation }) => operation),
  };
}

/** Tables as lists of rows, and views as what their changes have added up to. */
class Model {
  readonly #bag: string[] = [];
  readonly #keyed = new Map<string, Row>();
  readonly #views = new Map<string, string[]>(
    PROGRAM.views.map((view): [string, string[]] => [view.id.name, []]),
  );

  apply(bag: readonly Change[], keyed: readonly Change[]): void {
    for (const { operation, row } of bag) {
      if (operation === "truncate") this.#bag.length = 0;
      else if (operation === "insert") this.#bag.push(showRow(row));
      else takeOne(this.#bag, showRow(row));
    }
    for (const { operation, row } of keyed) {
      if (operation === "truncate") {
        this.#keyed.clear();
        continue;
      }
      const key = String(row[0]);
      const before = this.#keyed.get(key);
      if (operation === "insert")
        this.#keyed.set(
          key,
          row.map((value) => value ?? null),
        );
      else if (operation === "delete") this.#keyed.delete(key);
      else if (before !== undefined) {
        this.#keyed.set(
          key,
          before.map((value, i) => (row[i] === undefined ? value : row[i])),
        );
      }
    }
  }

  async expectSame(engine: Engine, at: bigint): Promise<void> {
    expect(await rowsOf(engine, "SELECT * FROM bag")).toEqual(this.#bag.toSorted());
    const keyed = [...this.#keyed.values()].map(showRow);
    expect(await rowsOf(engine, "SELECT * FROM keyed")).toEqual(keyed.toSorted());
    for (const [view, content] of this.#views) {
      for await (const changes of engine.changes(view, at)) {
        for (const { weight, row } of changes) {
          if (weight === 1) content.push(showRow(row));
          else expect(takeOne(content, showRow(row))).toBe(true);
        }
      }
      expect(await rowsOf(engine, `SELECT * FROM ${view}`)).toEqual(content.toSorted());
    }
  }
}

/** Takes one of these out of a list; answers whether there was one. */
export function takeOne(list: string[], item: string): boolean {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
