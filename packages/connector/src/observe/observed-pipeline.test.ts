/** Laws of observed pipelines. */

import { type Claim, connectorId, frontier, incarnation, type Verdict } from "@tidemark/core";
import { parseProgram, type Program } from "@tidemark/program";
import { beforeEach, expect, test } from "vitest";

import { type Clock, SYSTEM_CLOCK } from "../clock.ts";
import { ConfigError } from "../config-error.ts";
import { connectorIdOf } from "../identity.ts";
import { type RunningPipeline } from "../running-pipeline.ts";
import { ExternalEngineError } from "./external-engine-error.ts";
import { openObserved } from "./open-observed.ts";
import { MemoryLog } from "./testing/memory-log.ts";

const ID = connectorIdOf("t", "c");
const { signal } = new AbortController();

function programOf(transport: string): Program {
  const parsed = parseProgram(
    `CREATE TABLE t (x INT) WITH ('connectors' = '[{"name":"c","transport":{"name":"${transport}","config":{}}}]')`,
  );
  if (parsed.kind !== "program") throw new TypeError("the program parses");
  return parsed.program;
}

let sleeps = 0;
beforeEach(() => {
  sleeps = 0;
});

const CLOCK: Clock = {
  ...SYSTEM_CLOCK,
  sleep(ms, options) {
    sleeps += 1;
    return SYSTEM_CLOCK.sleep(ms, options);
  },
};

function opened(
  log: MemoryLog,
  { transport = "kafka_input", clock = CLOCK }: { transport?: string; clock?: Clock } = {},
): Promise<RunningPipeline> {
  return openObserved({
    program: programOf(transport),
    observers: new Map([["kafka_input", log.factory("kafka_input")]]),
    secrets: ({ name }) => ({ kind: "missing", why: `nobody knows '${name}'` }),
    life: "p",
    directory: (name) => `/nowhere/${name}`,
    clock,
    random: () => 0.5,
    pacing: { shortestMs: 1, longestMs: 2, longestBackOffMs: 4 },
    log: () => {},
    signal,
  });
}

function claim(offset: bigint, life = "one"): Claim {
  const at = frontier([["0", offset]]);
  return { connector: ID, incarnation: incarnation(life), frontier: at, level: "processed" };
}

/** Waits as the service does. */
function settled(pipeline: RunningPipeline, claims: readonly Claim[]): Promise<Verdict> {
  return new Promise((resolve) => {
    const leave = pipeline.attend?.(claims);
    pipeline.board.register(claims, (verdict) => {
      leave?.();
      resolve(verdict);
    });
  });
}

test("H2: nothing is asked of the source while nobody asks", async () => {
  const log = new MemoryLog();
  await using pipeline = await opened(log);
  const before = log.readings;
  expect(before).toBe(1);
  await pipeline.refresh?.([claim(1n)], { signal });
  expect(log.readings).toBe(before + 1);
  expect(sleeps).toBe(0);
});

test("H6: a check is judged by a reading that began after it was asked", async () => {
  const log = new MemoryLog();
  await using pipeline = await opened(log);
  log.committed = 5n;
  expect(pipeline.board.judge([claim(5n)]).kind).toBe("pending");
  await pipeline.refresh?.([claim(1n)], { signal });
  expect(pipeline.board.judge([claim(5n)])).toEqual({ kind: "complete" });
});

test("H2: waiters are woken by the reading that covers them, and are all told with few readings", async () => {
  const log = new MemoryLog();
  await using pipeline = await opened(log);
  const waits = Array.from({ length: 10_000 }, (_, i) => settled(pipeline, [claim(BigInt(1 + i))]));
  const before = log.readings;
  log.committed = 10_000n;
  const verdicts = await Promise.all(waits);
  expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(["complete"]));
  expect(log.readings - before).toBeLessThan(50);
  expect(log.wanted.at(-1)).toEqual(frontier([["0", 10_000n]]));
});

test("K16: a source that can't be read is unknown with the age of the last reading, and waits go on", async () => {
  const log = new MemoryLog();
  await using pipeline = await opened(log);
  log.fault = new Error("connection refused");
  await pipeline.refresh?.([claim(1n)], { signal });
  const verdict = pipeline.board.judge([claim(1n)]);
  expect(verdict).toMatchObject({ kind: "unknown" });
  expect(verdict).toHaveProperty(
    "message",
    expect.stringMatching(/\d\.\d s ago.*connection refused/u),
  );
  const waiting = settled(pipeline, [claim(1n)]);
  log.committed = 1n;
  log.fault = undefined;
  expect(await waiting).toEqual({ kind: "complete" });
});

test("H9: a wall clock that jumps changes no verdict and no age", async () => {
  const log = new MemoryLog();
  let wallMs = 1e12;
  const jumping = { ...CLOCK, wallMs: () => (wallMs *= -1) };
  await using pipeline = await opened(log, { clock: jumping });
  log.committed = 5n;
  await pipeline.refresh?.([claim(5n)], { signal });
  expect(pipeline.board.judge([claim(5n)])).toEqual({ kind: "complete" });
  log.fault = new Error("connection refused");
  await pipeline.refresh?.([claim(5n)], { signal });
  expect(pipeline.board.judge([claim(5n)])).toMatchObject({
    kind: "unknown",
    message: expect.stringMatching(/succeeded 0\.\d s ago/u),
  });
});

test("K9: progress that is moved back is said to be so until it has come as far again", async () => {
  const log = new MemoryLog();
  await using pipeline = await opened(log);
  const codes = async (): Promise<readonly string[]> => {
    await pipeline.refresh?.([claim(1n)], { signal });
    const verdict = pipeline.board.judge([claim(99n)]);
    return verdict.kind === "pending" ? verdict.reasons.map(({ code }) => code) : [verdict.kind];
  };
  log.committed = 10n;
  expect(await codes()).toEqual(["consumer-inactive"]);
  log.committed = 4n;
  expect(await codes()).toEqual(["consumer-inactive", "moved-back"]);
  log.committed = 7n;
  expect(await codes()).toEqual(["consumer-inactive", "moved-back"]);
  log.committed = 10n;
  expect(await codes()).toEqual(["consumer-inactive"]);
});

test("K12: what the source dropped before it was read is lost, also for those who wait", async () => {
  const log = new MemoryLog();
  await using pipeline = await opened(log);
  const waiting = settled(pipeline, [claim(5n)]);
  log.committed = 2n;
  log.dropped = 4n;
  expect(await waiting).toMatchObject({ kind: "lost", reason: "dropped" });
});

test("a replaced source loses the claims on the one before", async () => {
  const log = new MemoryLog();
  await using pipeline = await opened(log);
  const waiting = settled(pipeline, [claim(5n)]);
  log.life = "two";
  expect(await waiting).toMatchObject({ kind: "lost", reason: "incarnation-unknown" });
});

test("a token covers the source's end by default, and just one write by its receipt", async () => {
  const log = new MemoryLog();
  await using pipeline = await opened(log);
  log.end = 7n;
  expect(pipeline.defaultBasis).toBe("head");
  expect(await pipeline.position(ID, "head", { signal })).toMatchObject({
    frontier: frontier([["0", 7n]]),
  });
  expect(await pipeline.position(ID, "received", { signal })).toBeUndefined();
  expect(await pipeline.receipt(ID, "3", { signal })).toMatchObject({
    frontier: frontier([["0", 4n]]),
  });
  await expect(pipeline.receipt(ID, "7", { signal })).rejects.toThrow("nothing is there yet");
  expect(await pipeline.receipt(connectorId("other"), "3", { signal })).toBeUndefined();
});

test("the end of the observation settles everybody", async () => {
  const log = new MemoryLog();
  const pipeline = await opened(log);
  const waiting = settled(pipeline, [claim(5n)]);
  await pipeline[Symbol.asyncDispose]();
  expect(await waiting).toMatchObject({ kind: "unknown" });
});

test("what only the engine itself can do is refused", async () => {
  await using pipeline = await opened(new MemoryLog());
  expect(() => pipeline.pause()).toThrow(ExternalEngineError);
  expect(() => pipeline.setPaused(ID, true)).toThrow(ExternalEngineError);
  await expect(pipeline.query("SELECT 1", { signal })).rejects.toThrow(ExternalEngineError);
});

test("a source that can't be reached at the start keeps the pipeline from starting, as does one that nothing observes", async () => {
  const log = new MemoryLog();
  log.fault = new Error("connection refused");
  await expect(opened(log)).rejects.toThrow("connection refused");
  const wrong = opened(new MemoryLog(), { transport: "datagen" });
  await expect(wrong).rejects.toThrow(ConfigError);
  await expect(wrong).rejects.toThrow("connector 't.c': transport 'datagen' can't be observed");
});
