/** Laws of steps: what every engine keeps of them and gives back, whatever it computes. */

import {
  type Changes,
  type Engine,
  type EngineFactory,
  type KeyedBody,
  type Operation,
  type ViewChange,
} from "@tidemark/connector";
import { frontier, incarnation, offset } from "@tidemark/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { changesOf, CONNECTOR, program, showRow, step, temporaryDirectory } from "./engine-kit.ts";

const PROGRAM = program(
  "CREATE TABLE t (s VARCHAR) WITH ('materialized' = 'true'); CREATE VIEW v AS SELECT s FROM t;",
  ["v"],
);
const LINES = ["first", "second", "third"].map(incarnation);
const END = offset(2n ** 40n);

/** One step: rows of `t`, with null for a truncate, and what else it carries. */
interface Drawn {
  readonly rows: readonly (string | null)[];
  readonly rejects: number;
  readonly keys: readonly string[];
  readonly forgotten: readonly string[];
  /** Whether the connector begins its next incarnation. */
  readonly ends: boolean;
  /** How many more steps are delivered. */
  readonly delivers: number;
  /** Whether the engine is closed and opened again behind it. */
  readonly reopens: boolean;
}

const row = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("a", "b", "c", "d") },
  { weight: 1, arbitrary: fc.constant(null) },
);
const keys = fc.uniqueArray(fc.constantFrom("k", "l", "m"), { maxLength: 2 });
const drawn: fc.Arbitrary<readonly Drawn[]> = fc.array(
  fc.record({
    rows: fc.array(row, { maxLength: 5 }),
    rejects: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(3)),
    keys,
    forgotten: keys,
    ends: fc.boolean(),
    delivers: fc.nat(2),
    reopens: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

/** What is asked of a factory. */
export type StepsFactory = Pick<EngineFactory, "open">;

/** Declares the tests. */
export function engineStepLaws(makeFactory: () => StepsFactory): void {
  test("whatever steps hold and whenever the engine is opened again, it has what they say and gives their changes until they are delivered", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (steps) => {
        await using directory = await temporaryDirectory();
        const options = { directory: directory.path, program: PROGRAM };
        const factory = makeFactory();
        const model = new Model();
        let engine = await factory.open(options);
        for (const each of steps) {
          const following = await engine.follow("t");
          const committed = await engine.commit(model.take(each));
          const expected = model.changes.at(-1) ?? [];
          expect(committed.step).toBe(BigInt(model.changes.length));
          expect([...committed.changedViews]).toEqual(expected.length === 0 ? [] : ["v"]);
          expect(await shown(following.changes())).toEqual(expected);
          await following[Symbol.asyncDispose]();
          if (each.reopens) {
            await engine[Symbol.asyncDispose]();
            engine = await factory.open(options);
            model.checkRecovered(engine);
          }
          await model.check(engine);
        }
        await engine[Symbol.asyncDispose]();
      }),
      { numRuns: 15 },
    );
  }, 60_000);
}

/** What the steps so far come to. */
class Model {
  /** Of each step. */
  readonly changes: (readonly string[])[] = [];
  readonly #rows: string[] = [];
  readonly #keyed = new Map<string, KeyedBody>();
  readonly #rejects = [0, 0, 0];
  #line = 0;
  #offset = 0n;
  #delivered = 0n;

  /** The step to commit. */
  take(each: Drawn): Parameters<Engine["commit"]>[0] {
    const from = this.#line;
    if (each.ends && from < LINES.length - 1) this.#line += 1;
    const finalFrontier = frontier([["p", this.#offset]]);
    const ended = { connector: CONNECTOR, incarnation: this.#at(from), finalFrontier };
    this.#offset += 10n;
    const delivered = this.#delivered + BigInt(each.delivers);
    const last = BigInt(this.changes.length);
    this.#delivered = delivered < last ? delivered : last;
    this.#apply(each.rows);
    const keyed = each.keys.map((key) => this.#body(key));
    for (const key of each.forgotten) this.#keyed.delete(key);
    for (const body of keyed) this.#keyed.set(body.key, body);
    this.#rejects[this.#line] = (this.#rejects[this.#line] ?? 0) + each.rejects;
    return step(each.rows.length === 0 ? {} : { t: changesFrom(each.rows) }, {
      progress: new Map([[CONNECTOR, this.#progress()]]),
      ended: this.#line === from ? [] : [ended],
      deliveredStep: this.#delivered,
      forgottenKeys: each.forgotten,
      keyed,
      rejects: each.rejects === 0 ? [] : [this.#rejectsAt(each.rejects)],
    });
  }

  /** Holds what an engine finds when it is opened to the steps. */
  checkRecovered({ recovered }: Engine): void {
    expect(recovered.step).toBe(BigInt(this.changes.length));
    expect(recovered.progress).toEqual(new Map([[CONNECTOR, this.#progress()]]));
    expect(recovered.ended.map((each) => each.incarnation)).toEqual(LINES.slice(0, this.#line));
    expect(recovered.keyed.toSorted(byKey)).toEqual([...this.#keyed.values()].toSorted(byKey));
    const total = recovered.rejects.reduce((sum, { count }) => sum + count, 0);
    expect(total).toBe(this.#rejects.reduce((sum, count) => sum + count, 0));
    const first = this.#delivered === 0n ? 1n : this.#delivered;
    const undelivered = this.changes.map((_, i) => BigInt(i + 1)).filter((at) => at >= first);
    expect(recovered.undelivered.map((each) => each.step)).toEqual(undelivered);
  }

  /** Holds what an open engine answers to the steps. */
  async check(engine: Engine): Promise<void> {
    const { signal } = new AbortController();
    const all = await shown(await engine.snapshot("v", { signal }));
    expect(all).toEqual(this.#rows.toSorted().map((each) => `+${showRow([each])}`));
    for (const [index, changes] of this.changes.entries()) {
      const at = BigInt(index + 1);
      expect(await changesOf(engine, "v", at)).toEqual(at <= this.#delivered ? [] : changes);
    }
    for (const [index, count] of this.#rejects.entries()) {
      const line = { connector: CONNECTOR, incarnation: this.#at(index), unplaced: false };
      const spans = [{ partition: "p", from: offset(0n), to: END }];
      expect((await engine.rejected({ ...line, spans, limit: 0 })).count).toBe(count);
    }
  }

  #apply(rows: Drawn["rows"]): void {
    const before = [...this.#rows];
    for (const each of rows) {
      if (each === null) this.#rows.length = 0;
      else this.#rows.push(each);
    }
    this.changes.push([
      ...lacking(before, this.#rows).map((each) => `-${showRow([each])}`),
      ...lacking(this.#rows, before).map((each) => `+${showRow([each])}`),
    ]);
  }

  #at(line: number): (typeof LINES)[number] {
    return LINES[line] ?? incarnation("none");
  }

  #progress(): KeyedBody["covers"][number] {
    return { incarnation: this.#at(this.#line), frontier: frontier([["p", this.#offset]]) };
  }

  #body(key: string): KeyedBody {
    return {
      key,
      connector: CONNECTOR,
      bytes: Number(this.#offset),
      digest: "0".repeat(64),
      rows: 1,
      records: 1,
      errors: 0,
      covers: [this.#progress()],
      whole: true,
      atMs: 5,
    };
  }

  #rejectsAt(count: number): NonNullable<Parameters<Engine["commit"]>[0]["rejects"]>[number] {
    const first = offset(this.#offset);
    const last = offset(this.#offset + BigInt(count) - 1n);
    return {
      connector: CONNECTOR,
      endpoint: "t.c",
      incarnation: this.#at(this.#line),
      count,
      marks: [{ partition: "p", first, last, count }],
      latest: [],
      maxKept: 10,
    };
  }
}

function changesFrom(rows: Drawn["rows"]): Changes {
  return {
    rows: rows.map((each) => (each === null ? [] : [each])),
    operations: rows.map((each): Operation => (each === null ? "truncate" : "insert")),
  };
}

/** What of the first list the second does not have as often, sorted. */
function lacking(all: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return all
    .filter((each) => {
      const at = left.indexOf(each);
      if (at !== -1) left.splice(at, 1);
      return at === -1;
    })
    .toSorted();
}

function byKey(a: KeyedBody, b: KeyedBody): number {
  return a.key < b.key ? -1 : 1;
}

async function shown(changes: AsyncIterable<readonly ViewChange[]>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const piece of changes) {
    all.push(...piece.map(({ weight, row: of }) => `${weight > 0 ? "+" : "-"}${showRow(of)}`));
  }
  return all;
}
