/** Laws of rejects: every rejected record is counted once, where tokens look for it. */

import { expect, test } from "vitest";

import { connectorIdOf } from "../identity.ts";
import { type Pushed, type RunningPipeline } from "../running-pipeline.ts";
import { Log } from "../testing/log-source.ts";
import { logConnector, program, table } from "../testing/programs.ts";
import { claim, push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";

const A = connectorIdOf("t", "a");
const READ = program([table("t", logConnector("a"))]);
const STOP = program([table("t", logConnector("a", { onReject: "stop" }))]);
const PUSHED = program([table("t")]);

function all(pipeline: RunningPipeline): ReturnType<typeof claim> {
  return claim(A, pipeline.inputs()[0]?.received ?? never());
}

async function count(
  pipeline: RunningPipeline,
  pushed: Pick<Pushed, "connector" | "progress">,
): Promise<number | undefined> {
  const { spans } = pushed.progress;
  const own = claim(pushed.connector, pushed.progress);
  const asked = spans === undefined ? own : { ...own, spans };
  return (await pipeline.rejected?.([asked], { limit: 10 }))?.count;
}

test("V1: a token counts the rejected records below it, and shows the first of them", async () => {
  const world = new World();
  const log = new Log("a");
  await using pipeline = await run({ world, program: READ, logs: [log] });
  log.append("1", "!", "2", "!");
  await turn();
  const early = claim(A, pipeline.inputs()[0]?.received ?? never());
  log.append("!");
  await turn();
  const late = claim(A, pipeline.inputs()[0]?.received ?? never());
  expect(pipeline.board.judge([late]).kind).toBe("complete");
  expect(await pipeline.rejected?.([early], { limit: 1 })).toMatchObject({
    count: 2,
    deadLetters: 0,
    first: [
      { endpoint: "t.a", partition: "0", offset: 1n, error: "bad row", field: "s", record: "!" },
    ],
  });
  expect(await pipeline.rejected?.([late], { limit: 10 })).toMatchObject({ count: 3 });
  expect(pipeline.inputs()[0]?.rejected).toBe(3);
});

test("V1: rejects are counted after a restart as before", async () => {
  const world = new World();
  const log = new Log("a");
  let before: Awaited<ReturnType<NonNullable<RunningPipeline["rejected"]>>> | undefined;
  {
    await using pipeline = await run({ world, program: READ, logs: [log] });
    log.append("!", "1", "!");
    await turn();
    before = await pipeline.rejected?.([all(pipeline)], { limit: 10 });
  }
  await using again = await run({ world, program: READ, logs: [log] });
  expect(before).toMatchObject({ count: 2 });
  expect(await again.rejected?.([all(again)], { limit: 10 })).toEqual(before);
  expect(again.inputs()[0]?.rejected).toBe(2);
});

test("V1: the token of a push counts what that push had rejected, and no other", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PUSHED, logs: [] });
  const first = await push(pipeline, "1\n!\n!\n");
  const second = await push(pipeline, "2\n");
  const third = await push(pipeline, "!\n");
  await turn();
  expect(await count(pipeline, first)).toBe(2);
  expect(await count(pipeline, second)).toBe(0);
  expect(await count(pipeline, third)).toBe(1);
  const { incarnation, frontier } = third.progress;
  expect(await count(pipeline, { ...third, progress: { incarnation, frontier } })).toBe(3);
});

test("V1: pushes that take turns count their own rejects", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PUSHED, logs: [] });
  const gate = Promise.withResolvers<void>();
  async function* body(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode("1\n!\n");
    await gate.promise;
    yield new TextEncoder().encode("!\n!\n");
  }
  const long = push(pipeline, body());
  await turn();
  const short = await push(pipeline, "!\n2\n");
  gate.resolve();
  const whole = await long;
  await turn();
  expect(await count(pipeline, short)).toBe(1);
  expect(await count(pipeline, whole)).toBe(3);
});

test("V1: a push of nothing but rejected records completes, and its token says how many", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PUSHED, logs: [] });
  const pushed = await push(pipeline, "!\n!\n", { durable: true });
  expect(pushed).toMatchObject({ records: 0, errorCount: 2 });
  expect(pipeline.board.judge([claim(pushed.connector, pushed.progress)]).kind).toBe("complete");
  expect(await count(pipeline, pushed)).toBe(2);
});

test("V1: a body that is sent again under its key counts its rejects once", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PUSHED, logs: [] });
  const first = await push(pipeline, "1\n!\n", { key: "k" });
  const again = await push(pipeline, "1\n!\n", { key: "k" });
  expect(again.progress).toEqual(first.progress);
  expect(await count(pipeline, again)).toBe(1);
  expect(pipeline.inputs()[0]?.rejected).toBe(1);
});

test("an input that stops at rejects says so until they are skipped, and loses nothing", async () => {
  const world = new World();
  const log = new Log("a");
  await using pipeline = await run({ world, program: STOP, logs: [log] });
  log.append("1", "!", "2");
  await turn();
  const target = claim(
    A,
    (await pipeline.position(A, "head", { signal: new AbortController().signal })) ?? never(),
  );
  expect(pipeline.board.judge([target])).toMatchObject({
    kind: "pending",
    reasons: [{ code: "connector-rejected" }],
  });
  expect(pipeline.inputs()[0]).toMatchObject({ totalRecords: 1, rejected: 0 });
  expect(pipeline.inputs()[0]?.refusal).toContain("bad row at 0:1: !");
  pipeline.skipRejected(A);
  await turn();
  expect(pipeline.board.judge([target]).kind).toBe("complete");
  expect(await pipeline.rejected?.([target], { limit: 10 })).toMatchObject({ count: 1 });
  expect(pipeline.inputs()[0]).toMatchObject({ totalRecords: 2, rejected: 1, refusal: undefined });
});

test("of a connector's rejects the latest are kept, and all are counted", async () => {
  const world = new World();
  const log = new Log("a");
  log.batchRows = 5;
  const few = program([table("t", logConnector("a", { maxRejects: 2 }))]);
  await using pipeline = await run({ world, program: few, logs: [log] });
  log.append("!", "!", "!", "1", "!");
  await turn();
  expect(pipeline.inputs()[0]?.rejected).toBe(4);
  expect(world.steps.at(-1)?.content.rejects).toMatchObject([
    {
      count: 4,
      maxKept: 2,
      marks: [
        { partition: "0", first: 0n, last: 2n, count: 3 },
        { partition: "0", first: 4n, last: 4n, count: 1 },
      ],
      latest: [{ offset: 2n }, { offset: 4n }],
    },
  ]);
});

function never(): never {
  throw new TypeError("there is no input");
}
