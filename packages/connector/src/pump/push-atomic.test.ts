import { type JsonObject } from "@tidemark/program";
import { expect, test } from "vitest";

import { BodyRejectedError, BodyTooLargeError } from "../body-errors.ts";
import { type Pushed } from "../running-pipeline.ts";
import { rowsOf } from "../testing/memory-engine.ts";
import { program, table } from "../testing/programs.ts";
import { offsetOf, push, run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";
import { DEFAULT_LIMITS } from "./options.ts";

const PLAIN = program([table("t")]);
const WHOLE = { atomic: true };
const lines = Array.from({ length: 20 }, (_, index) => `row ${index}`);

function held(world: World): readonly string[] {
  return world.steps.flatMap((step) => rowsOf(step, "t"));
}

async function* cutOff(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
  throw new Error("the caller went away");
}

test.each<[string, JsonObject]>([
  ["without a key", {}],
  ["under a key", { key: "k" }],
])("an atomic body is in one step %s, also its last line without an end", async (_, given) => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const pushed = await push(pipeline, lines.join("\n"), { ...WHOLE, ...given });
  await turn();
  expect(pushed).toMatchObject({ records: 20, errorCount: 0 });
  expect(offsetOf(pushed.progress)).toBe(20);
  expect(held(world)).toEqual(lines);
  expect(world.steps.filter((step) => rowsOf(step, "t").length > 0)).toHaveLength(1);
});

test.each<[string, JsonObject]>([
  ["without a key", {}],
  ["under a key", { key: "k" }],
])(
  "H14: an atomic body with one bad record, or one that breaks off, leaves nothing %s",
  async (_, given) => {
    const world = new World();
    await using pipeline = await run({ world, program: PLAIN });
    const refused = push(pipeline, `${lines.join("\n")}\n!\nlast`, { ...WHOLE, ...given });
    await expect(refused).rejects.toMatchObject({ name: "BodyRejectedError", errorCount: 1 });
    await expect(refused).rejects.toBeInstanceOf(BodyRejectedError);
    const broken = push(pipeline, cutOff(`${lines.join("\n")}\n`), { ...WHOLE, ...given });
    await expect(broken).rejects.toThrow("the caller went away");
    await turn();
    expect(held(world)).toEqual([]);
    const after: Pushed = await push(pipeline, "a\nb", { ...WHOLE, ...given });
    expect(offsetOf(after.progress)).toBe(2);
    await turn();
    expect(held(world)).toEqual(["a", "b"]);
  },
);

test("H14: a body that breaks off keeps what came, and under a key goes on where it stood", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  await expect(push(pipeline, cutOff("a\nb\nc"), { key: "k" })).rejects.toThrow("went away");
  await turn();
  expect(held(world)).toEqual(["a", "b"]);
  expect(await push(pipeline, "a\nb\nc\nd", { key: "k" })).toMatchObject({ records: 4 });
  await turn();
  expect(held(world)).toEqual(["a", "b", "c", "d"]);
});

test("an atomic body beyond the limit is refused as soon as it is, and leaves nothing", async () => {
  const world = new World();
  const limits = { ...DEFAULT_LIMITS, maxPushQueuedBytes: 10 };
  await using pipeline = await run({ world, program: PLAIN, limits });
  await expect(push(pipeline, "12345\n67890\n", WHOLE)).rejects.toBeInstanceOf(BodyTooLargeError);
  expect(await push(pipeline, "1234567890", WHOLE)).toMatchObject({ records: 1 });
});

test("a body that was taken under its key is answered alike when it is sent again", async () => {
  const world = new World();
  await using pipeline = await run({ world, program: PLAIN });
  const first = await push(pipeline, "a\nb", { ...WHOLE, key: "k" });
  const again = await push(pipeline, "a\nb", { ...WHOLE, key: "k" });
  expect(again.progress).toEqual(first.progress);
  await turn();
  expect(held(world)).toEqual(["a", "b"]);
});
