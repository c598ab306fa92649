import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type Push, type Pushed, type RunningPipeline } from "../running-pipeline.ts";
import { MemoryEngine, rowsOf } from "../testing/memory-engine.ts";
import { program, table } from "../testing/programs.ts";
import { claim, FakeClock, push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";
import { PipelineClosedError } from "./closed-error.ts";
import { KeyReusedError } from "./key-reused-error.ts";
import { DEFAULT_LIMITS } from "./options.ts";

const PLAIN = program([table("t"), table("u")]);

function held(world: World): readonly string[] {
  return world.steps.flatMap((step) => rowsOf(step, "t"));
}

/** What a token of a push is made of. */
function covering({ connector, earlier, progress }: Pushed): unknown {
  return [connector, ...earlier, progress];
}

async function* pieces(
  text: string,
  size: number,
  breakOffAt = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) {
    if (at >= breakOffAt) throw new Error("connection reset");
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
  if (breakOffAt <= bytes.length) throw new Error("connection reset");
}

function difference(pipeline: RunningPipeline, body: string, over: Partial<Push>): Promise<string> {
  return push(pipeline, body, over).then(
    () => "none",
    (error: unknown) => (error instanceof KeyReusedError ? error.difference : String(error)),
  );
}

test("a body under a key is taken once and answered alike, once it is committed", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const first = await push(pipeline, "a\nb\n!\nc", { key: "k" });
  expect(held(world)).toEqual(["a", "b", "c"]);
  expect(first).toMatchObject({ records: 3, errorCount: 1, errors: [{ invalidText: "!" }] });
  expect(await push(pipeline, "a\nb\n!\nc", { key: "k" })).toEqual(first);
  await push(pipeline, "a\nb\n!\nc", { key: "other" });
  expect(held(world)).toEqual(["a", "b", "c", "a", "b", "c"]);
  expect(pipeline.inputs()[0]).toMatchObject({ totalRecords: 6, parseErrorCount: 2 });
});

test("after a restart a key answers what it answered before", async () => {
  const world = new World();
  const first = await run({ world, program: PLAIN });
  const answers = [
    await push(first, "a\n!\n", { key: "k" }),
    await push(first, "", { key: "empty" }),
    await push(first, "!\n", { key: "bad" }),
  ];
  await first[Symbol.asyncDispose]();
  await using second = await run({ world, program: PLAIN });
  await push(second, "z\n");
  expect([
    await push(second, "a\n!\n", { key: "k" }),
    await push(second, "", { key: "empty" }),
    await push(second, "!\n", { key: "bad" }),
  ]).toEqual(answers);
  await turn();
  expect(held(world)).toEqual(["a", "z"]);
});

test("a key that stands for another body, table or format is refused, and nothing is taken", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const key = "k";
  await push(pipeline, "a\nb\n", { key });
  const elsewhere = "that one went to another table, or in another format";
  expect(await difference(pipeline, "a\nb\n", { key, table: "u" })).toBe(elsewhere);
  const format = { name: "lines", config: { x: 1 } };
  expect(await difference(pipeline, "a\nb\n", { key, format })).toBe(elsewhere);
  expect(await difference(pipeline, "a\nc\n", { key })).toBe(
    "the first 4 bytes of that one were others",
  );
  expect(await difference(pipeline, "a\nb\nc\n", { key })).toBe(
    "that one had 4 bytes, and this has more",
  );
  expect(await difference(pipeline, "a\n", { key })).toBe("that one had 4 bytes, and this has 2");
  await turn();
  expect(held(world)).toEqual(["a", "b"]);
});

test("a body that goes on otherwise than the part that was taken is refused before any of it is taken", async () => {
  const world = new World();
  const key = "k";
  const first = await run({ world, program: PLAIN });
  await expect(push(first, pieces("a\nb\nc\n", 2, 4), { key })).rejects.toThrow("reset");
  const others = "the first 4 bytes of that one were others";
  expect(await difference(first, "a\nx\nd\n", { key })).toBe(others);
  expect(await difference(first, "a\n", { key })).toBe(
    "that one already had 4 bytes, and this has 2",
  );
  await turn();
  await first[Symbol.asyncDispose]();
  await using second = await run({ world, program: PLAIN });
  expect(await difference(second, "a\nx\nd\n", { key })).toBe(others);
  await push(second, "a\nb\nc\n", { key });
  expect(held(world)).toEqual(["a", "b", "c"]);
});

test("a request that stalls holds up no other of its key", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const giveUp = new AbortController();
  const stalled = push(
    pipeline,
    (async function* () {
      yield new TextEncoder().encode("a\nb");
      await new Promise(() => undefined);
    })(),
    { key: "k", signal: giveUp.signal },
  ).catch((error: unknown) => error);
  await turn();
  const whole = await push(pipeline, "a\nb\nc\n", { key: "k" });
  expect(whole.records).toBe(3);
  giveUp.abort(new Error("gone"));
  expect(await stalled).toEqual(new Error("gone"));
  expect(held(world)).toEqual(["a", "b", "c"]);
});

test("the oldest keys are forgotten, durably, and those too old", async () => {
  const world = new World();
  const clock = new FakeClock();
  const limits = { ...DEFAULT_LIMITS, maxPushKeys: 3, maxPushKeyAgeMs: 1000 };
  const pushAll = async (pipeline: RunningPipeline, ...keys: readonly string[]): Promise<void> => {
    for (const key of keys) {
      clock.advance(1);
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that they differ in age
      await push(pipeline, `${key}\n`, { key });
    }
  };
  {
    await using pipeline = await run({ world, program: PLAIN, clock, limits });
    await pushAll(pipeline, "a", "b", "c", "d", "d", "c");
    expect(held(world)).toEqual(["a", "b", "c", "d"]);
    await pushAll(pipeline, "a");
    expect(held(world)).toEqual(["a", "b", "c", "d", "a"]);
  }
  expect(new MemoryEngine(world, PLAIN).recovered.keyed.length).toBeLessThanOrEqual(3);
  clock.advance(2000);
  await using later = await run({ world, program: PLAIN, clock, limits });
  await pushAll(later, "d");
  expect(held(world)).toEqual(["a", "b", "c", "d", "a", "d"]);
});

test("a push that asks for it is answered only when its records are committed", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  await push(pipeline, "a\n", { durable: true });
  expect(held(world)).toEqual(["a"]);
  world.crashAfter(0);
  await expect(push(pipeline, "b\n", { durable: true })).rejects.toThrow(PipelineClosedError);
});

test("a durable push that is all queued when the pipeline drains is committed and answered", async () => {
  const world = new World();
  const engine = new MemoryEngine(world, PLAIN);
  const commit = engine.commit.bind(engine);
  const release = Promise.withResolvers<void>();
  engine.commit = async (step) => {
    if (step.inputs.length > 0) await release.promise;
    return commit(step);
  };
  await using pipeline = await run({ world, program: PLAIN, engine });
  const pushed = push(pipeline, "a\n", { durable: true });
  await turn();
  const drained = pipeline.drain({ signal: new AbortController().signal });
  release.resolve();
  await drained;
  expect(await pushed).toMatchObject({ records: 1 });
});

/** One attempt at the body: by so many requests at once, one of which may break off, then perhaps a crash. */
const attempts = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
  breakOffAt: fc.option(fc.nat(40)),
  crashAfter: fc.option(fc.nat(14)),
});

test(
  "however often a body is sent, broken off and interrupted by crashes, its rows arrive exactly once",
  { timeout: 60_000 },
  async () => {
    const body = fc
      .array(fc.constantFrom("a", "bb", "!", "", "cccc"), { maxLength: 12 })
      .map((lines) => lines.map((line, i) => (line.length > 0 && line !== "!" ? line + i : line)));
    await fc.assert(
      fc.asyncProperty(body, fc.array(attempts, { maxLength: 8 }), async (lines, all) => {
        const world = new World();
        const text = lines.join("\n");
        const limits = { ...DEFAULT_LIMITS, maxStepRows: 2 };
        const answers: Pushed[] = [];
        let pipeline = await run({ world, program: PLAIN, limits });
        for (const { sizes, breakOffAt, crashAfter } of all) {
          if (crashAfter !== null) world.crashAfter(crashAfter);
          const sent = sizes.map((size, i) =>
            push(pipeline, pieces(text, size, i === 0 ? (breakOffAt ?? undefined) : undefined), {
              key: "k",
            }).then(
              (pushed) => answers.push(pushed),
              () => undefined,
            ),
          );
          await Promise.all(sent);
          if (crashAfter === null) continue;
          world.crashed = true;
          await pipeline[Symbol.asyncDispose]();
          world.restart();
          pipeline = await run({ world, program: PLAIN, limits });
        }
        answers.push(await push(pipeline, text, { key: "k" }));
        const rows = lines.filter((line) => line !== "" && line !== "!");
        expect(held(world)).toEqual(rows);
        const [first] = answers;
        for (const pushed of answers) {
          expect(pushed).toMatchObject({ records: rows.length });
          expect(pushed.errors).toHaveLength(lines.length - rows.length - countOf(lines, ""));
          expect(covering(pushed)).toEqual(first && covering(first));
          const claims = [...pushed.earlier, pushed.progress].map((at) =>
            claim(pushed.connector, at),
          );
          expect(pipeline.board.judge(claims).kind).toBe("complete");
        }
        await pipeline[Symbol.asyncDispose]();
      }),
      { numRuns: 300 },
    );
  },
);

function countOf(lines: readonly string[], wanted: string): number {
  return lines.filter((line) => line === wanted).length;
}
