/** Output buffers: what they hold back is not delivered, and says so. */

import { expect, test } from "vitest";

import { ConfigError } from "../config-error.ts";
import { type RunningPipeline } from "../running-pipeline.ts";
import { type SinkFactory } from "../sink.ts";
import { connector, program, table, view } from "../testing/programs.ts";
import { claim, FakeClock, push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";

function buffered(outputBuffer: { readonly maxTimeMs?: number; readonly maxRecords: number }) {
  const out = connector("out", "memory", { outputBuffer });
  return program([table("t")], [{ ...view("v", "t"), connectors: [out] }]);
}

async function pushed(pipeline: RunningPipeline, row: string): Promise<ReturnType<typeof claim>> {
  const { connector: id, progress } = await push(pipeline, `${row}\n`);
  await turn();
  return claim(id, progress);
}

function sinkOf(world: World): readonly string[] {
  return world.sinks.get("v.out")?.rows ?? [];
}

test("what is held back is pending with the reason, and delivered once there are so many records", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: buffered({ maxRecords: 3 }) });
  const first = await pushed(pipeline, "1");
  const second = await pushed(pipeline, "2");
  const verdict = pipeline.board.judge([first]);
  expect(verdict.kind === "pending" && verdict.reasons[0]).toMatchObject({
    code: "output-buffering",
    message: expect.stringContaining("output 'v.out' holds back changes since step"),
  });
  expect(sinkOf(world)).toEqual([]);
  const [held] = pipeline.outputs();
  expect(held).toMatchObject({ bufferedRecords: 2, bufferedBatches: 2, queuedRecords: 0 });
  const third = await pushed(pipeline, "3");
  expect(sinkOf(world)).toEqual(["1", "2", "3"]);
  expect(pipeline.board.judge([first, second, third]).kind).toBe("complete");
  expect(pipeline.outputs()[0]).toMatchObject({ bufferedRecords: 0, transmittedRecords: 3 });
});

test("what is held back is delivered so many milliseconds after the first of it", async () => {
  const world = new World();
  const clock = new FakeClock();
  const given = buffered({ maxTimeMs: 1000, maxRecords: 100 });
  await using pipeline = await run({ world, program: given, clock });
  const first = await pushed(pipeline, "1");
  clock.advance(600);
  const second = await pushed(pipeline, "2");
  clock.advance(399);
  await turn();
  expect(sinkOf(world)).toEqual([]);
  clock.advance(1);
  await turn();
  expect(sinkOf(world)).toEqual(["1", "2"]);
  expect(pipeline.board.judge([first, second]).kind).toBe("complete");
  const third = await pushed(pipeline, "3");
  expect(pipeline.board.judge([third]).kind).toBe("pending");
});

test("a stop holds nothing back", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: buffered({ maxRecords: 100 }) });
  const first = await pushed(pipeline, "1");
  await pipeline.drain({ signal: new AbortController().signal });
  expect(sinkOf(world)).toEqual(["1"]);
  expect(pipeline.board.judge([first]).kind).toBe("complete");
});

test("what a crash finds held back is delivered after it, once", async () => {
  const world = new World();
  const given = buffered({ maxRecords: 100 });
  const before = await run({ world, program: given });
  const first = await pushed(before, "1");
  await pushed(before, "2");
  world.crashed = true;
  await before[Symbol.asyncDispose]();
  world.restart();
  await using after = await run({ world, program: given });
  await turn();
  expect(sinkOf(world)).toEqual(["1", "2"]);
  expect(after.board.judge([first]).kind).toBe("complete");
});

const failing = {
  take: () => Promise.reject(new ConfigError("update_format", "raw can't express it")),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** A sink that can write nothing in its format. */
const sink: SinkFactory = {
  transport: "memory",
  format: "optional",
  validate: () => undefined,
  open: () => Promise.resolve(failing),
};

test("a change that can't be written counts as an encode error, not as one of the transport", async () => {
  const sinks = new Map([["memory", sink]]);
  const given = program([table("t")], [view("v", "t", "out")]);
  await using pipeline = await run({ world: new World(), program: given, sinks });
  await pushed(pipeline, "1");
  expect(pipeline.outputs()[0]).toMatchObject({
    encodeErrorCount: 1,
    transportErrorCount: 0,
    encodeErrors: [{ message: "raw can't express it" }],
    queuedRecords: 1,
  });
});
