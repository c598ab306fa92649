/** Queries of a paused pipeline: what was acknowledged before the pause is seen. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type Committed, type QueryResult, type Step } from "../engine.ts";
import { type RunningPipeline } from "../running-pipeline.ts";
import { MemoryEngine, rowsOf } from "../testing/memory-engine.ts";
import { program, table, view } from "../testing/programs.ts";
import { push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";
import { DEFAULT_LIMITS } from "./options.ts";

const PUSHED = program([table("t")]);
const VIEWED = program([table("t")], [view("v", "t", "out")]);
const signal = new AbortController().signal;

/** An engine that answers every query with all rows, and commits when it is let. */
class SlowEngine extends MemoryEngine {
  readonly #rows: () => readonly string[];
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(world: World, of = PUSHED) {
    super(world, of);
    this.#rows = () => world.steps.flatMap((step) => rowsOf(step, "t"));
  }

  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  override async commit(content: Step): Promise<Committed> {
    await this.#gate?.promise;
    return super.commit(content);
  }

  override query(): Promise<QueryResult> {
    const rows = [this.#rows().map((row) => [row])];
    return Promise.resolve({
      columns: [],
      rows: (async function* all() {
        yield* rows;
      })(),
    });
  }
}

async function queried(pipeline: RunningPipeline, signalled = signal): Promise<readonly unknown[]> {
  const { rows } = await pipeline.query("SELECT * FROM t", { signal: signalled });
  const all: unknown[] = [];
  for await (const piece of rows) all.push(...piece.flat());
  return all;
}

test("a query of a paused pipeline sees every push that was acknowledged before, however slowly it is committed", async () => {
  const pushes = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 5 }), turns: fc.nat(3) }), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(pushes, fc.integer({ min: 1, max: 4 }), async (all, maxStepRows) => {
      const world = new World();
      const engine = new SlowEngine(world);
      const limits = { ...DEFAULT_LIMITS, maxStepRows };
      await using pipeline = await run({ world, program: PUSHED, engine, limits });
      await push(pipeline, "first\n");
      engine.hold();
      const acknowledged = ["first"];
      for (const { rows, turns } of all) {
        const lines = Array.from({ length: rows }, (_, at) => `${acknowledged.length + at}`);
        await push(pipeline, lines.map((line) => `${line}\n`).join(""));
        acknowledged.push(...lines);
        for (let passed = 0; passed < turns; passed += 1) await turn();
      }
      pipeline.pause();
      const query = queried(pipeline);
      await turn();
      engine.release();
      expect(await query).toEqual(acknowledged);
    }),
  );
});

test("a query of a paused pipeline is not held up by what is pushed after it", async () => {
  const world = new World();
  const engine = new SlowEngine(world);
  await using pipeline = await run({ world, program: PUSHED, engine, paused: true });
  await push(pipeline, "1\n", { force: true, durable: true });
  engine.hold();
  const query = queried(pipeline);
  await push(pipeline, "2\n", { force: true });
  expect(await query).toEqual(["1"]);
  engine.release();
});

test("outputs that leave no room for another step hold up no query", async () => {
  const world = new World();
  const engine = new SlowEngine(world, VIEWED);
  const limits = { ...DEFAULT_LIMITS, maxUndeliveredSteps: 1 };
  const control = { failing: new Set(["v.out"]) };
  await using pipeline = await run({ world, program: VIEWED, engine, limits, control });
  await push(pipeline, "1\n", { durable: true });
  await push(pipeline, "2\n");
  pipeline.pause();
  expect(await queried(pipeline)).toEqual(["1"]);
});

test("a caller who leaves ends a query that waits for what was taken in", async () => {
  const world = new World();
  const engine = new SlowEngine(world);
  await using pipeline = await run({ world, program: PUSHED, engine });
  await push(pipeline, "1\n", { durable: true });
  engine.hold();
  await push(pipeline, "2\n");
  pipeline.pause();
  const leave = new AbortController();
  const reason = new Error("gone");
  const query = queried(pipeline, leave.signal);
  leave.abort(reason);
  await expect(query).rejects.toBe(reason);
  engine.release();
});
