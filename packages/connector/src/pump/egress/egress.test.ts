/** Subscriptions: what they get, when, and what they may hold up. */

import { expect, test } from "vitest";

import { DEFAULT_LIMITS } from "../options.ts";
import { Listener } from "../../testing/listener.ts";
import { MemoryEngine } from "../../testing/memory-engine.ts";
import { program, table, view } from "../../testing/programs.ts";
import { claim, FakeClock, push, run } from "../../testing/run.ts";
import { turn, World } from "../../testing/world.ts";

const PROGRAM = program([table("t"), table("u")], [view("v", "t"), view("w", "u", "out")]);
const SMALL = { ...DEFAULT_LIMITS, egress: { ...DEFAULT_LIMITS.egress, maxQueuedBytes: 4 } };

async function committed(
  pipeline: Parameters<typeof push>[0],
  rows: string,
  to = "t",
): Promise<ReturnType<typeof claim>> {
  const { connector, progress } = await push(pipeline, whole(rows), { table: to });
  await turn();
  return claim(connector, progress);
}

function format(name: string, config: object): object {
  return { format: { name, config } };
}

/** A body that arrives in one piece, so that it is in one step. */
async function* whole(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

test("changes begin with the first step after the answer, of tables and views, with sinks or without", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM });
  await committed(pipeline, "before\n");
  const relations = ["t", "T", "v", "w"];
  const listeners = await Promise.all(relations.map((name) => Listener.begin(pipeline, name)));
  for (const listener of listeners) listener.readAll();
  await committed(pipeline, "b\na\n");
  await committed(pipeline, "c\n", "u");
  const lines = listeners.map((listener) => listener.lines);
  expect(lines).toEqual([["+a", "+b"], ["+a", "+b"], ["+a", "+b"], ["+c"]]);
  expect(listeners[0]?.chunks.map(({ snapshot, endOfStep }) => [snapshot, endOfStep])).toEqual([
    [false, true],
  ]);
});

test("a snapshot shows the step before the first changes, also of a paused pipeline", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM, paused: true });
  await push(pipeline, "a\n", { force: true });
  await turn();
  const listener = await Listener.begin(pipeline, "v", { sendSnapshot: true });
  await push(pipeline, "b\n", { force: true });
  await turn();
  listener.readAll();
  await turn();
  expect(listener.lines).toEqual(["+a", "+b"]);
  expect(listener.chunks.map(({ snapshot, step }) => [snapshot, step])).toEqual([
    [true, listener.afterStep],
    [false, listener.afterStep + 1n],
  ]);
});

test("an empty snapshot is told by a chunk without data", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM });
  const listener = await Listener.begin(pipeline, "v", { sendSnapshot: true });
  await listener.read();
  const { afterStep } = listener;
  expect(listener.chunks).toEqual([
    { sequenceNumber: 0, snapshot: true, step: afterStep, endOfStep: true, data: undefined },
  ]);
});

test("a step is cut into chunks of so many records, and the last is marked", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM });
  const asked = format("lines", { buffer_size_records: "2" });
  const listener = (await Listener.begin(pipeline, "t", asked)).readAll();
  await committed(pipeline, "1\n2\n3\n4\n");
  await committed(pipeline, "5\n6\n7\n");
  expect(listener.lines).toEqual(["+1", "+2", "+3", "+4", "+5", "+6", "+7"]);
  expect(listener.chunks.map(({ endOfStep }) => endOfStep)).toEqual([false, true, false, true]);
  expect(listener.numbers).toEqual([0, 1, 2, 3]);
});

test("all who share a relation and a format get the very same bytes", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM });
  const listeners = await Promise.all(
    Array.from({ length: 5 }, () => Listener.begin(pipeline, "v")),
  );
  for (const listener of listeners) listener.readAll();
  await committed(pipeline, "a\n");
  const data = listeners.map(({ chunks }) => chunks[0]?.data);
  expect(data[0]).toBeInstanceOf(Uint8Array);
  expect(new Set(data).size).toBe(1);
});

test("a chunk without data is sent whenever nothing happens for a while", async () => {
  const clock = new FakeClock();
  await using pipeline = await run({ world: new World(), program: PROGRAM, clock });
  const listener = (await Listener.begin(pipeline, "v")).readAll();
  await turn();
  clock.advance(2999);
  await turn();
  expect(listener.chunks).toEqual([]);
  clock.advance(1);
  await turn();
  clock.advance(3000);
  await committed(pipeline, "a\n");
  expect(listener.chunks.map(({ data }) => data?.length)).toEqual([undefined, undefined, 3]);
  expect(listener.numbers).toEqual([0, 1, 2]);
});

test("one that does not keep up loses chunks, sees it by their numbers and holds up nothing", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM, limits: SMALL });
  const listener = await Listener.begin(pipeline, "v");
  const claims = [];
  for (const row of ["1", "2", "3", "4", "5"]) claims.push(await committed(pipeline, `${row}\n`));
  expect(pipeline.board.judge(claims).kind).toBe("complete");
  for (let i = 0; i < 2; i += 1) await listener.read();
  listener.readAll();
  await committed(pipeline, "6\n");
  expect(listener.lines).toEqual(["+1", "+2", "+6"]);
  expect(listener.numbers).toEqual([0, 1, 5]);
  const [status] = pipeline.outputs().filter(({ endpoint }) => endpoint.startsWith("v."));
  expect(status?.transportErrorCount).toBe(3);
  expect(status?.trouble).toContain("3 chunks were dropped");
});

test("one with back-pressure loses nothing, and claims stay pending until it has taken the step", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM, limits: SMALL });
  const listener = await Listener.begin(pipeline, "v", { backpressure: true });
  const first = await committed(pipeline, "1\n");
  const second = await committed(pipeline, "2\n");
  const held = await committed(pipeline, "3\n");
  expect((await pipeline.totals()).bufferedInputRecords).toBe(1);
  const verdict = pipeline.board.judge([first]);
  expect(verdict.kind === "pending" && verdict.reasons[0]?.message).toContain(
    "subscription 'v.api-1' with back-pressure has taken steps up to",
  );
  await listener.read();
  expect(pipeline.board.judge([first]).kind).toBe("pending");
  const asking = listener.read();
  await turn();
  expect(pipeline.board.judge([first]).kind).toBe("complete");
  expect(pipeline.board.judge([second]).kind).toBe("pending");
  await asking;
  listener.readAll();
  await turn();
  expect(listener.lines).toEqual(["+1", "+2", "+3"]);
  expect(pipeline.board.judge([first, second, held]).kind).toBe("complete");
});

test("one with back-pressure that leaves holds up nothing any more, whether it ever read or not", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM, limits: SMALL });
  const gone = new AbortController();
  await Listener.begin(pipeline, "v", { backpressure: true, signal: gone.signal });
  const reader = await Listener.begin(pipeline, "t", { backpressure: true });
  const claims = [await committed(pipeline, "1\n"), await committed(pipeline, "2\n")];
  await reader.read();
  gone.abort();
  expect(pipeline.board.judge(claims).kind).toBe("pending");
  await reader.leave();
  await turn();
  expect(pipeline.board.judge(claims).kind).toBe("complete");
  expect(pipeline.outputs().map(({ endpoint }) => endpoint)).toEqual(["w.out"]);
});

test("a subscriber elsewhere does not hold up a step that leaves its relation alone", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM });
  await Listener.begin(pipeline, "v", { backpressure: true });
  const other = await committed(pipeline, "1\n", "u");
  expect(pipeline.board.judge([other]).kind).toBe("complete");
});

test("a stop waits for no subscriber, and streams end with the pipeline after what they hold", async () => {
  const pipeline = await run({ world: new World(), program: PROGRAM });
  const stalled = await Listener.begin(pipeline, "v", { backpressure: true });
  const reading = (await Listener.begin(pipeline, "v")).readAll();
  await committed(pipeline, "1\n");
  await pipeline.drain({ signal: new AbortController().signal });
  await pipeline[Symbol.asyncDispose]();
  await turn();
  expect(reading.lines).toEqual(["+1"]);
  expect(reading.ended).toEqual({ error: undefined });
  stalled.readAll();
  await turn();
  expect(stalled.lines).toEqual(["+1"]);
  expect(stalled.ended).toEqual({ error: undefined });
});

test("a pipeline that fails ends streams with its fault", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PROGRAM });
  const listener = (await Listener.begin(pipeline, "v")).readAll();
  await committed(pipeline, "1\n");
  world.crashAfter(0);
  await push(pipeline, "2\n").catch(() => undefined);
  await turn();
  expect(listener.lines).toEqual(["+1"]);
  expect(listener.ended?.error).toEqual(new Error("the process has died"));
});

test("a row that can't be written in one format ends its streams with the reason, and no others", async () => {
  await using pipeline = await run({ world: new World(), program: PROGRAM });
  const broken = (await Listener.begin(pipeline, "v")).readAll();
  const fine = (await Listener.begin(pipeline, "w")).readAll();
  const claimed = await committed(pipeline, "?\n");
  await committed(pipeline, "1\n", "u");
  expect(broken.ended?.error).toHaveProperty("name", "SubscriptionError");
  expect(broken.ended?.error).toHaveProperty("message", "a row '?' can't be written");
  expect(fine.lines).toEqual(["+1"]);
  expect(pipeline.board.judge([claimed]).kind).toBe("complete");
});

test("relations are followed only while somebody subscribes, and once for all", async () => {
  const world = new World();
  const engine = new MemoryEngine(world, PROGRAM);
  await using pipeline = await run({ world, program: PROGRAM, engine });
  const first = await Listener.begin(pipeline, "v");
  const second = await Listener.begin(pipeline, "v");
  expect(engine.following).toEqual(["v"]);
  await first.leave();
  await turn();
  expect(engine.following).toEqual(["v"]);
  await second.leave();
  await turn();
  expect(engine.following).toEqual([]);
});

test("what can't be subscribed to is refused by what is wrong with it", async () => {
  const limits = { ...DEFAULT_LIMITS, egress: { ...DEFAULT_LIMITS.egress, maxSubscriptions: 1 } };
  const plain = { ...view("p", "t"), materialized: false };
  const local = { ...view("l", "t"), local: true };
  const given = program([table("t")], [plain, local]);
  await using pipeline = await run({ world: new World(), program: given, limits });
  const begin = (relation: string, more: object): Promise<Listener> =>
    Listener.begin(pipeline, relation, more);
  await expect(begin("missing", {})).rejects.toThrow("unknown table or view 'missing'");
  await expect(begin("l", {})).rejects.toThrow("unknown table or view 'l'");
  await expect(begin("p", { sendSnapshot: true })).rejects.toThrow("'p' is not materialized");
  await expect(begin("t", format("nothing", {}))).rejects.toThrow("unknown format 'nothing'");
  await expect(begin("t", format("lines", { bad: 1 }))).rejects.toThrow("no such option");
  const noRecords = format("lines", { buffer_size_records: "0" });
  await expect(begin("t", noRecords)).rejects.toThrow("buffer_size_records");
  await begin("t", {});
  await expect(begin("t", {})).rejects.toHaveProperty("name", "PushLimitError");
});
