/** Laws of dead letters: what a target can never accept is given up once, and everything else arrives. */

import { type OnReject, type Program } from "@tidemark/program";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { connectorIdOf } from "../identity.ts";
import { type RunningPipeline } from "../running-pipeline.ts";
import { type Committed, type Step } from "../engine.ts";
import { MemoryEngine } from "../testing/memory-engine.ts";
import { connector, program, table, view } from "../testing/programs.ts";
import { claim, FakeClock, push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";

const OUT = connectorIdOf("v", "out");
const control = { failing: new Set<string>(), refused: (row: string) => row.startsWith("x") };

function withOutput(onReject: OnReject): Program {
  const out = connector("out", "memory", { onReject });
  return program([table("t")], [{ ...view("v", "t"), connectors: [out] }]);
}

function rowsOf(world: World): readonly string[] {
  return world.sinks.get("v.out")?.rows ?? [];
}

/** The records that were given up, as they are kept. */
function givenUp(world: World): readonly (string | null)[] {
  return world.steps
    .flatMap(({ content }) => content.rejects ?? [])
    .filter((rejects) => rejects.connector === OUT)
    .flatMap(({ latest }) => latest.map(({ record }) => record));
}

function status(pipeline: RunningPipeline): ReturnType<RunningPipeline["outputs"]>[number] {
  const [output] = pipeline.outputs();
  if (output === undefined) throw new Error("there is an output");
  return output;
}

/** Commits of what was given up take their time. */
class SlowEngine extends MemoryEngine {
  override async commit(step: Step): Promise<Committed> {
    if (step.rejects !== undefined) await turn();
    return super.commit(step);
  }
}

test("O1: rows that a target refuses are given up, counted and kept, and the rest arrives", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: withOutput("dead_letter"), control });
  const pushed = await push(pipeline, "x1\na\nx2\nx3\nb\n");
  await turn();
  const token = claim(pushed.connector, pushed.progress);
  expect(pipeline.board.judge([token]).kind).toBe("complete");
  expect(rowsOf(world)).toEqual(["a", "b"]);
  expect(givenUp(world)).toEqual(['{"insert":["x1"]}', '{"insert":["x2"]}', '{"insert":["x3"]}']);
  expect(status(pipeline)).toMatchObject({
    deadLetters: 3,
    encodeErrorCount: 3,
    trouble: undefined,
  });
  expect(await pipeline.rejected?.([token], { limit: 2 })).toMatchObject({
    count: 0,
    deadLetters: 3,
    first: [
      { endpoint: "v.out", partition: "steps", error: "bad x1", field: "s" },
      { endpoint: "v.out", error: "bad x2" },
    ],
  });
});

test("O1: without dead letters a refused row holds its tokens, and is counted once however often it is tried", async () => {
  const world = new World();
  const clock = new FakeClock();
  await using pipeline = await run({ world, program: withOutput("retry"), control, clock });
  const pushed = await push(pipeline, "x1\na\n");
  for (let i = 0; i < 3; i += 1) {
    await turn();
    clock.advance(1e9);
  }
  await turn();
  const verdict = pipeline.board.judge([claim(pushed.connector, pushed.progress)]);
  expect(verdict).toMatchObject({
    kind: "pending",
    reasons: [{ code: "output-failing", message: expect.stringContaining("bad x1") }],
  });
  expect(rowsOf(world)).toEqual([]);
  expect(givenUp(world)).toEqual([]);
  expect(status(pipeline)).toMatchObject({ encodeErrorCount: 1, trouble: "bad x1" });
});

test("O1: whenever the process dies, every refused row is given up once and every other arrives once", async () => {
  const row = fc.tuple(fc.constantFrom("x", "a"), fc.nat(3)).map(([kind, n]) => `${kind}${n}`);
  const act = fc.record({ rows: fc.array(row, { maxLength: 5 }), crashIn: fc.option(fc.nat(14)) });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
      const world = new World();
      const open = (): Promise<RunningPipeline> => {
        const declared = withOutput("dead_letter");
        const engine = new SlowEngine(world, declared);
        return run({ world, program: declared, control, engine });
      };
      let pipeline = await open();
      let written = 0;
      for (const { rows, crashIn } of acts) {
        if (crashIn !== null) world.crashAfter(crashIn);
        // Each row is another, so that what arrived can be told.
        const body = rows.map((one) => `${one}.${(written += 1)}\n`).join("");
        await push(pipeline, body).catch(() => undefined);
        for (let i = 0; i < 4; i += 1) await turn();
        if (!world.crashed) continue;
        await pipeline[Symbol.asyncDispose]();
        world.restart();
        pipeline = await open();
      }
      for (let i = 0; i < 12; i += 1) await turn();
      await pipeline[Symbol.asyncDispose]();
      const stored = world.steps.flatMap(({ content }) =>
        content.inputs.flatMap(({ changes }) => changes.rows.map(([one]) => String(one))),
      );
      const bad = stored.filter((one) => control.refused(one));
      expect(rowsOf(world).toSorted()).toEqual(
        stored.filter((one) => !control.refused(one)).toSorted(),
      );
      const texts = bad.map((one) => `{"insert":["${one}"]}`);
      expect(givenUp(world).map(String).toSorted()).toEqual(texts.toSorted());
    }),
    { numRuns: 200 },
  );
});
