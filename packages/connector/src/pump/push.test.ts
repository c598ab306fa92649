import { type JsonObject } from "@tidemark/program";
import { expect, test } from "vitest";

import { ConfigError } from "../config-error.ts";
import { type Push, type Pushed, UnknownTableError } from "../running-pipeline.ts";
import { program, table, view } from "../testing/programs.ts";
import { claim, FakeClock, offsetOf, push, run } from "../testing/run.ts";
import { rowsOf } from "../testing/memory-engine.ts";
import { turn, World } from "../testing/world.ts";
import { PipelineClosedError, PushLimitError } from "./closed-error.ts";
import { DEFAULT_LIMITS } from "./options.ts";

const PLAIN = program([table("t")]);

function held(world: World, name = "t"): readonly string[] {
  return world.steps.flatMap((step) => rowsOf(step, name));
}

function format(name: string, config: JsonObject = {}): Pick<Push, "format"> {
  return { format: { name, config } };
}

test("a push answers progress that covers its records, and the token completes when they are committed", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const pushed = await push(pipeline, "a\nb\nc");
  expect(pushed).toMatchObject({ records: 3, errorCount: 0 });
  expect(offsetOf(pushed.progress)).toBe(3);
  const claims = [claim(pushed.connector, pushed.progress)];
  expect(pipeline.board.judge(claims).kind).toBe("pending");
  await turn();
  expect(pipeline.board.judge(claims)).toEqual({ kind: "complete" });
  expect(held(world)).toEqual(["a", "b", "c"]);
  expect(pipeline.stepOf(pushed.connector, pushed.progress)).toBe(BigInt(world.steps.length));
});

test("an empty push answers progress that is complete, also after a crash", async () => {
  const world = new World();
  const first = await run({ world, program: PLAIN });
  const { connector, progress, records } = await push(first, "");
  expect(records).toBe(0);
  expect(first.board.judge([claim(connector, progress)]).kind).toBe("complete");
  await first[Symbol.asyncDispose]();
  await using second = await run({ world, program: PLAIN });
  expect(second.board.judge([claim(connector, progress)]).kind).toBe("complete");
});

test("a push is not answered before its endpoint is durable", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  world.crashAfter(0);
  await expect(push(pipeline, "")).rejects.toThrow(PipelineClosedError);
});

test("records that were accepted but not committed are lost after a crash, the committed ones complete", async () => {
  const world = new World();
  const first = await run({ world, program: PLAIN });
  const safe = await push(first, "a\n");
  await turn();
  world.crashAfter(0);
  const gone = await push(first, "b\n");
  await turn();
  expect((await first.failure).message).toContain("died");
  await first[Symbol.asyncDispose]();
  world.restart();
  await using second = await run({ world, program: PLAIN });
  const judge = (of: typeof safe): string =>
    second.board.judge([claim(of.connector, of.progress)]).kind;
  expect([judge(safe), judge(gone)]).toEqual(["complete", "lost"]);
  const next = await push(second, "c\n");
  await turn();
  expect(next.connector).toBe(safe.connector);
  expect([judge(safe), judge(gone), judge(next)]).toEqual(["complete", "lost", "complete"]);
  expect(held(world)).toEqual(["a", "c"]);
});

test("bad records are counted and answered while the good ones are taken", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const pushed = await push(pipeline, "a\n!\nb\n!\n");
  expect(pushed).toMatchObject({ records: 2, errorCount: 2 });
  expect(pushed.errors).toHaveLength(2);
  expect(pipeline.inputs()[0]).toMatchObject({ parseErrorCount: 2, totalRecords: 2, pushed: true });
});

test("a body that breaks off leaves taken what was accepted, and its error reaches the caller", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const body = (async function* () {
    yield await Promise.resolve(new TextEncoder().encode("a\n"));
    throw new Error("connection reset");
  })();
  await expect(push(pipeline, body)).rejects.toThrow("connection reset");
  await turn();
  expect(held(world)).toEqual(["a"]);
});

test("spellings of one table share an endpoint, other formats and tables have their own", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: program([table("t"), table("u")]) });
  const ids = [
    await push(pipeline, "a\n", { table: "T" }),
    await push(pipeline, "a\n", { table: '"t"' }),
    await push(pipeline, "a\n", { table: "u" }),
    await push(pipeline, "a\n", format("lines", { x: true, y: false })),
    await push(pipeline, "a\n", format("lines", { y: false, x: true })),
    await push(pipeline, "a\n", format("lines", { number: "17" })),
  ].map(({ connector }) => connector);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[3]).toBe(ids[4]);
  expect(ids[5]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(3);
  const names = pipeline.inputs().map(({ endpoint }) => endpoint);
  for (const name of names) expect(name).toMatch(/^[tu]\.api-ingress-[0-9a-f]{16}$/u);
});

test("a push that can't be read as asked is refused with what is wrong", async () => {
  const world = new World();
  await using pipeline = await run({
    world,
    program: PLAIN,
    limits: { ...DEFAULT_LIMITS, maxPushEndpoints: 1 },
  });
  await expect(push(pipeline, "", { table: "x" })).rejects.toThrow(UnknownTableError);
  await expect(push(pipeline, "", format("xml"))).rejects.toMatchObject({ kind: "unknown-format" });
  await expect(push(pipeline, "", format("lines", { bad: 1 }))).rejects.toThrow(ConfigError);
  await push(pipeline, "");
  await expect(push(pipeline, "", format("lines", { x: 1 }))).rejects.toThrow(PushLimitError);
});

test("while the pipeline is paused a push waits until it is resumed, unless it is forced", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN, paused: true });
  const forced = await push(pipeline, "a\n", { force: true });
  const waiting = push(pipeline, "b\n");
  await turn();
  expect(held(world)).toEqual(["a"]);
  expect(pipeline.board.judge([claim(forced.connector, forced.progress)]).kind).toBe("complete");
  pipeline.resume();
  expect(await waiting).toMatchObject({ records: 1 });
});

test("a waiting push gives up with the reason of its signal", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN, paused: true });
  const giveUp = new AbortController();
  const waiting = push(pipeline, "a\n", { signal: giveUp.signal });
  await turn();
  giveUp.abort(new Error("gone home"));
  await expect(waiting).rejects.toThrow("gone home");
});

test("a full endpoint holds pushes back until a step has taken from it", async () => {
  const world = new World();
  const control = { failing: new Set(["v.out"]) };
  const clock = new FakeClock();
  const limits = { ...DEFAULT_LIMITS, maxPushQueuedRecords: 2, maxUndeliveredSteps: 2 };
  const viewed = program([table("t")], [view("v", "t", "out")]);
  await using pipeline = await run({ world, program: viewed, control, clock, limits });
  await push(pipeline, "a\n");
  await turn();
  await push(pipeline, "b\n");
  await push(pipeline, "c\n");
  await turn();
  const waiting = push(pipeline, "d\n");
  await turn();
  expect(pipeline.inputs()[0]?.bufferedRecords).toBe(2);
  control.failing.clear();
  clock.advance(60_000);
  await expect(waiting).resolves.toMatchObject({ records: 1 });
  await turn();
  expect((await pipeline.totals()).outputStallMs).toBe(60_000);
});

test("the newest position that all outputs have taken is told with its times, an older one while they lag", async () => {
  const world = new World();
  const control = { failing: new Set<string>() };
  const clock = new FakeClock();
  const viewed = program([table("t")], [view("v", "t", "out")]);
  await using pipeline = await run({ world, program: viewed, control, clock });
  clock.advance(10);
  const first = await push(pipeline, "a\n");
  expect(pipeline.inputs()[0]?.completed).toBeUndefined();
  await turn();
  const times = { ingestedAtMs: 10, processedAtMs: 10 };
  const completed = { progress: withoutSpans(first.progress), ...times, completedAtMs: 10 };
  expect(pipeline.inputs()[0]?.completed).toEqual(completed);
  control.failing.add("v.out");
  clock.advance(10);
  const second = await push(pipeline, "b\n");
  await turn();
  expect(pipeline.inputs()[0]?.completed).toEqual(completed);
  control.failing.clear();
  clock.advance(60_000);
  await turn();
  expect(pipeline.inputs()[0]?.completed).toEqual({
    progress: withoutSpans(second.progress),
    ingestedAtMs: 20,
    processedAtMs: 20,
    completedAtMs: 60_020,
  });
});

test("from a drain on pushes are refused, those under way too", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const stalled = push(pipeline, {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
  });
  const refused = stalled.catch((error: unknown) => error);
  await turn();
  await pipeline.drain({ signal: new AbortController().signal });
  expect(await refused).toBeInstanceOf(PipelineClosedError);
  await expect(push(pipeline, "a\n")).rejects.toThrow(PipelineClosedError);
});

/** What a push covers, as the pipeline's own figures have it. */
function withoutSpans(covered: Pushed["progress"]): object {
  const { incarnation, frontier, state } = covered;
  return { incarnation, frontier, state };
}
