import { type Verdict } from "@tidemark/core";
import { expect, test } from "vitest";

import { connectorIdOf } from "../identity.ts";
import { type RunningPipeline } from "../running-pipeline.ts";
import { Log } from "../testing/log-source.ts";
import { MemoryEngine, rowsOf } from "../testing/memory-engine.ts";
import { connector, logConnector, program, table, view } from "../testing/programs.ts";
import { claim, FakeClock, offsetOf, push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";

const A = connectorIdOf("t", "a");
const signal = new AbortController().signal;

function received(pipeline: RunningPipeline, id = A) {
  const input = pipeline.inputs().find((each) => each.id === id);
  if (input === undefined) throw new Error(`no input ${id}`);
  return claim(id, input.received);
}

function held(world: World, name = "t"): readonly string[] {
  return world.steps.flatMap((step) => rowsOf(step, name));
}

function codes(verdict: Verdict): readonly string[] {
  return verdict.kind === "pending" ? verdict.reasons.map(({ code }) => code) : [verdict.kind];
}

const READ = program([table("t", logConnector("a"))]);
const VIEWED = program([table("t", logConnector("a"))], [view("v", "t", "out")]);

test("where connectors start is durable before the pipeline is open", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: READ, logs: [new Log("a")] });
  const { received: start } = pipeline.inputs()[0] ?? {};
  expect(world.steps.map(({ content }) => content.progress.get(A))).toEqual([start]);
});

test("what a source gives is committed once, in order, and resumed after a restart", async () => {
  const world = new World();
  const log = new Log("a");
  log.append("1", "2", "3");
  const first = await run({ world, program: READ, logs: [log] });
  await turn();
  await first[Symbol.asyncDispose]();
  log.append("4", "5");
  await using second = await run({ world, program: READ, logs: [log] });
  await turn();
  expect(held(world)).toEqual(["1", "2", "3", "4", "5"]);
  expect(second.board.judge([received(second)]).kind).toBe("complete");
  const input = second.inputs()[0];
  expect(input?.processed).toEqual(input?.received);
  expect(input?.delivered).toEqual(input?.received);
});

test("input counts as complete only when every output has taken it", async () => {
  const world = new World();
  const log = new Log("a");
  const control = { failing: new Set(["v.out"]) };
  const clock = new FakeClock();
  await using pipeline = await run({ world, program: VIEWED, logs: [log], control, clock });
  log.append("1");
  await turn();
  const claims = [received(pipeline)];
  expect(codes(pipeline.board.judge(claims))).toEqual(["output-failing"]);
  expect(pipeline.outputs()[0]?.trouble).toBe("the disk is full");
  clock.advance(60_000);
  await turn();
  expect(pipeline.outputs()[0]?.transportErrorCount).toBe(2);
  control.failing.clear();
  clock.advance(60_000);
  await turn();
  expect(codes(pipeline.board.judge(claims))).toEqual(["complete"]);
  expect(world.sinks.get("v.out")?.rows).toEqual(["1"]);
  expect(pipeline.outputs()[0]).toMatchObject({ trouble: undefined, transmittedRecords: 1 });
});

test("outputs on views that a step does not change hold nothing up", async () => {
  const world = new World();
  const log = new Log("a");
  const both = program([table("t", logConnector("a")), table("u")], [view("v", "u", "out")]);
  const control = { failing: new Set(["v.out"]) };
  await using pipeline = await run({ world, program: both, logs: [log], control });
  log.append("1");
  await turn();
  expect(codes(pipeline.board.judge([received(pipeline)]))).toEqual(["complete"]);
});

test("a paused pipeline receives nothing, and what was received is processed all the same", async () => {
  const world = new World();
  const log = new Log("a");
  await using pipeline = await run({ world, program: READ, logs: [log] });
  await turn();
  log.append("1");
  await turn();
  pipeline.pause();
  log.append("2");
  await turn();
  expect(held(world)).toEqual(["1"]);
  const head = await pipeline.position(A, "head", { signal });
  expect(head && offsetOf(head)).toBe(2);
  const claims = head === undefined ? [] : [claim(A, head)];
  expect(codes(pipeline.board.judge(claims))).toEqual(["pipeline-paused"]);
  pipeline.resume();
  await turn();
  expect(codes(pipeline.board.judge(claims))).toEqual(["complete"]);
});

test("what a source says that holds it up is why its claims are pending", async () => {
  const log = new Log("a");
  await using pipeline = await run({ world: new World(), program: READ, logs: [log] });
  log.hold({ code: "transaction-open", message: "a transaction is open" });
  log.append("1", "2");
  await turn();
  const head = await pipeline.position(A, "head", { signal });
  const claims = head === undefined ? [] : [claim(A, head)];
  expect(codes(pipeline.board.judge(claims))).toEqual(["transaction-open"]);
  log.hold(undefined);
  await turn();
  expect(codes(pipeline.board.judge(claims))).toEqual(["complete"]);
});

test("a paused connector holds up only itself, and says so", async () => {
  const world = new World();
  const logs = [new Log("a"), new Log("b")];
  const two = program([table("t", logConnector("a", { paused: true }), logConnector("b"))]);
  await using pipeline = await run({ world, program: two, logs });
  for (const log of logs) log.append(log.name);
  await turn();
  expect(held(world)).toEqual(["b"]);
  const head = await pipeline.position(A, "head", { signal });
  const claims = head === undefined ? [] : [claim(A, head)];
  expect(codes(pipeline.board.judge(claims))).toEqual(["connector-paused"]);
  expect(pipeline.inputs()[0]).toMatchObject({ paused: true });
  pipeline.setPaused(A, false);
  await turn();
  expect(held(world)).toEqual(["b", "a"]);
});

test("what users asked of a connector beats its declaration", async () => {
  const logs = [new Log("a")];
  const paused = program([table("t", logConnector("a", { paused: true }))]);
  await using pipeline = await run({
    world: new World(),
    program: paused,
    logs,
    connectorPaused: { "t.a": false },
  });
  expect(pipeline.inputs()[0]?.paused).toBe(false);
});

test("a connector starts after all that carry its label are at their end and committed", async () => {
  const world = new World();
  const [a, b] = [new Log("a"), new Log("b")];
  const ordered = program([
    table(
      "t",
      logConnector("a", { startAfter: ["first"] }),
      logConnector("b", { labels: ["first"] }),
    ),
  ]);
  await using pipeline = await run({ world, program: ordered, logs: [a, b] });
  a.append("a");
  b.append("b");
  await turn();
  expect(held(world)).toEqual(["b"]);
  expect(pipeline.inputs()[0]).toMatchObject({ paused: true, waitingFor: ["first"] });
  const head = await pipeline.position(A, "head", { signal });
  const claims = head === undefined ? [] : [claim(A, head)];
  expect(codes(pipeline.board.judge(claims))).toEqual(["connector-waiting"]);
  b.close();
  await turn();
  expect(held(world)).toEqual(["b", "a"]);
  expect(pipeline.inputs()[0]).toMatchObject({ paused: false, waitingFor: [] });
});

test.each([
  ["empty-start-after", [logConnector("a", { declared: { start_after: [] } })]],
  ["invalid", [logConnector("a", { startAfter: ["nobody"] })]],
  [
    "cyclic-dependency",
    [
      logConnector("a", { labels: ["x"], startAfter: ["y"] }),
      logConnector("b", { labels: ["y"], startAfter: ["x"] }),
    ],
  ],
  ["unknown-transport", [connector("a", "pigeon")]],
  ["unsupported", [logConnector("a", { format: { name: "lines", config: {} } })]],
])("a declaration that can't be run keeps the pipeline from opening: %s", async (kind, given) => {
  const world = new World();
  const bad = program([table("t", ...given)]);
  const engine = new MemoryEngine(world, bad);
  const opening = run({ world, program: bad, logs: [new Log("a"), new Log("b")], engine });
  await expect(opening).rejects.toMatchObject({ name: "ConfigError", kind, endpoint: "t.a" });
  expect(engine.disposed).toBe(true);
  expect(world.steps).toEqual([]);
});

test("a source that can't be opened keeps the pipeline from opening and closes the others", async () => {
  const world = new World();
  const log = new Log("a");
  const bad = program([table("t", logConnector("a"), logConnector("missing"))]);
  const engine = new MemoryEngine(world, bad);
  await expect(run({ world, program: bad, logs: [log], engine })).rejects.toThrow("no such log");
  expect([log.disposed, engine.disposed]).toEqual([1, true]);
});

test("a source that fails stops alone, and its claims say so", async () => {
  const world = new World();
  const logs = [new Log("a"), new Log("b")];
  const two = program([table("t", logConnector("a"), logConnector("b"))]);
  await using pipeline = await run({ world, program: two, logs });
  logs[0]?.append("a");
  await turn();
  logs[0]?.fail("disk on fire");
  logs[1]?.append("b");
  await turn();
  expect(held(world)).toEqual(["a", "b"]);
  expect(pipeline.inputs()[0]).toMatchObject({ fatalError: "disk on fire" });
  expect(codes(pipeline.board.judge([received(pipeline)]))).toEqual(["complete"]);
  logs[0]?.append("more");
  const head = await pipeline.position(A, "head", { signal });
  const claims = head === undefined ? [] : [claim(A, head)];
  expect(codes(pipeline.board.judge(claims))).toEqual(["connector-failed"]);
});

test("an engine that fails ends the pipeline, and every waiter with it", async () => {
  const world = new World();
  const log = new Log("a");
  await using pipeline = await run({ world, program: READ, logs: [log] });
  await turn();
  log.append("1");
  const head = await pipeline.position(A, "head", { signal });
  const verdicts: string[] = [];
  const claims = head === undefined ? [] : [claim(A, head)];
  pipeline.board.register(claims, ({ kind }) => verdicts.push(kind));
  world.crashAfter(0);
  await turn();
  expect((await pipeline.failure).message).toContain("died");
  expect(verdicts).toEqual(["unknown"]);
  await expect(push(pipeline, "x\n")).rejects.toThrow("no more input");
});

test("a replaced log goes on as a new incarnation, and the old one can still be judged", async () => {
  const world = new World();
  const log = new Log("a");
  await using pipeline = await run({ world, program: READ, logs: [log] });
  log.append("1", "2");
  await turn();
  const old = received(pipeline);
  log.replace();
  log.append("3");
  await turn();
  const young = received(pipeline);
  expect(young.incarnation).not.toBe(old.incarnation);
  expect(codes(pipeline.board.judge([old, young]))).toEqual(["complete"]);
  expect(world.ended).toEqual([
    { connector: A, incarnation: old.incarnation, finalFrontier: old.frontier },
  ]);
  expect(pipeline.stepOf(A, old)).toBeLessThan(pipeline.stepOf(A, young) ?? 0n);
});

test("the head of a line that nothing was read of yet is not told as one of the line before", async () => {
  const world = new World();
  const log = new Log("a");
  await using pipeline = await run({ world, program: READ, logs: [log] });
  log.append("1");
  await turn();
  log.replace();
  const head = pipeline.position(A, "head", { signal });
  await expect(head).rejects.toThrow("not the one that was read last");
  log.append("2");
  await turn();
  expect(await pipeline.position(A, "head", { signal })).toEqual(
    await pipeline.position(A, "received", { signal }),
  );
});

test("a drain delivers all that was received and receives no more", async () => {
  const world = new World();
  const log = new Log("a");
  log.batchRows = 10;
  log.append("1", "2", "3");
  const pipeline = await run({ world, program: VIEWED, logs: [log] });
  await push(pipeline, "4\n");
  await pipeline.drain({ signal });
  log.append("5");
  await turn();
  const rows = world.sinks.get("v.out")?.rows.toSorted();
  expect(rows).toEqual(held(world).toSorted());
  expect(rows).not.toContain("5");
  await pipeline[Symbol.asyncDispose]();
  expect(log.disposed).toBe(1);
});

test("a drain that an output holds up gives up when it is told to", async () => {
  const world = new World();
  const log = new Log("a");
  log.append("1");
  const control = { failing: new Set(["v.out"]) };
  await using pipeline = await run({ world, program: VIEWED, logs: [log], control });
  await turn();
  const giveUp = new AbortController();
  const drained = pipeline.drain({ signal: giveUp.signal });
  await turn();
  giveUp.abort();
  await expect(drained).resolves.toBeUndefined();
});

test("a step takes whole batches, up to what the declaration allows", async () => {
  const world = new World();
  const log = new Log("a");
  log.batchRows = 3;
  log.append("1", "2", "3", "4", "5", "6", "7");
  const small = program([table("t", logConnector("a", { maxBatchSize: 4 }))]);
  await using pipeline = await run({ world, program: small, logs: [log] });
  await turn();
  const sizes = world.steps.map((step) => rowsOf(step, "t").length).filter((size) => size > 0);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
  expect(held(world)).toHaveLength(7);
  expect((await pipeline.totals()).totalProcessedRecords).toBe(7);
});

test("a sink that is ahead of the storage keeps the pipeline from opening", async () => {
  const world = new World();
  world.sinks.set("v.out", { takenStep: 7n, rows: [] });
  const opening = run({ world, program: VIEWED, logs: [new Log("a")] });
  await expect(opening).rejects.toThrow("output 'v.out' holds step 7");
});

test("a connector that is not declared any more keeps its past: what it gave is complete, the rest lost", async () => {
  const world = new World();
  const log = new Log("a");
  log.append("1");
  const first = await run({ world, program: READ, logs: [log] });
  await turn();
  const given = received(first);
  log.append("2");
  const head = await first.position(A, "head", { signal });
  await first[Symbol.asyncDispose]();
  await using second = await run({ world, program: program([table("t")]) });
  await push(second, "x\n");
  await turn();
  expect(codes(second.board.judge([given]))).toEqual(["complete"]);
  expect(head && codes(second.board.judge([claim(A, head)]))).toEqual(["lost"]);
  await second[Symbol.asyncDispose]();
  await using third = await run({ world, program: READ, logs: [log] });
  await turn();
  expect(head && codes(third.board.judge([claim(A, head)]))).toEqual(["complete"]);
  expect(held(world)).toEqual(["1", "x", "2"]);
});

test("a pipeline is complete when every declared input is at its end and delivered", async () => {
  const log = new Log("a");
  await using pipeline = await run({ world: new World(), program: VIEWED, logs: [log] });
  log.append("1");
  await turn();
  expect((await pipeline.totals()).complete).toBe(false);
  log.close();
  await turn();
  const totals = await pipeline.totals();
  expect(totals).toMatchObject({ complete: true, totalInputRecords: 1, totalCompletedRecords: 1 });
  expect(totals.completedSteps).toBe(totals.processedSteps);
});

/** A world in which nothing becomes durable until it is let go on. */
class HeldWorld extends World {
  readonly #hold = Promise.withResolvers<void>();
  held = false;

  goOn(): void {
    this.#hold.resolve();
  }

  override async durably<T>(effect: () => T): Promise<T> {
    if (this.held) await this.#hold.promise;
    return super.durably(effect);
  }
}

test("a pipeline is not complete while pushed records wait to be processed, or are in a step", async () => {
  const world = new HeldWorld();
  await using pipeline = await run({ world, program: program([table("t")]) });
  await push(pipeline, "x\n");
  await turn();
  expect((await pipeline.totals()).complete).toBe(true);
  world.held = true;
  await push(pipeline, "y\n");
  expect((await pipeline.totals()).complete).toBe(false);
  await turn();
  expect(await pipeline.totals()).toMatchObject({ complete: false, bufferedInputRecords: 0 });
  world.goOn();
  await turn();
  expect((await pipeline.totals()).complete).toBe(true);
});
