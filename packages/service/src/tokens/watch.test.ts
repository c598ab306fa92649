/** Laws of watching: everything that changes is given, and nothing twice. */

import { type Observation, PACE_EXPIRES_MS } from "@tidemark/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type TokenStatus } from "../service.ts";
import { CALL, CALLER, type Harness, harness, started } from "../testing/harness.ts";
import { type FakePipeline } from "../testing/fake-pipeline.ts";

const ADDRESS = { pipeline: "p", relation: "t", connector: "c" };
const RECEIVED = { ...CALL, basis: "received" as const };
/** How often an observed group is read while someone waits. */
const READING_MS = 40;

/** A pipeline whose pace is measured by the scheduler's time, and a token of it that is watched. */
class Watched {
  readonly given: TokenStatus[] = [];
  readonly #parts: Harness;
  readonly #running: FakePipeline;
  readonly #token: string;

  private constructor(parts: Harness, running: FakePipeline, token: string) {
    this.#parts = parts;
    this.#running = running;
    this.#token = token;
    void this.#watch();
  }

  static async open(target: bigint): Promise<Watched> {
    const parts = await harness();
    const running = await started(parts);
    running.pace = (id) => running.board.pace(id, parts.scheduler.nowMs);
    running.receive("t", "c", target);
    const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
    const watched = new Watched(parts, running, token);
    await watched.settled();
    return watched;
  }

  /** A reading finds this offset, and what holds it up. */
  read(offset: bigint, reasons: Observation["reasons"] = []): Promise<void> {
    this.#running.publish("t", "c", offset, { atMs: this.#parts.scheduler.nowMs, reasons });
    return this.settled();
  }

  pass(ms: number): Promise<void> {
    this.#parts.scheduler.advance(ms);
    return this.settled();
  }

  now(): Promise<TokenStatus> {
    return this.#parts.service.tokens.check(CALLER, "p", this.#token);
  }

  /** Everything that was changed has been given by now. */
  async settled(): Promise<void> {
    await new Promise(setImmediate);
  }

  async #watch(): Promise<void> {
    const statuses = this.#parts.service.tokens.watch(CALLER, "p", this.#token, CALL);
    for await (const status of statuses) this.given.push(status);
  }
}

const PAUSED = [{ code: "pipeline-paused", message: "it is paused" }] as const;
const OPEN = [{ code: "transaction-open", message: "a transaction is open" }] as const;

const events = fc.array(
  fc.record({
    passes: fc.oneof(fc.constant(READING_MS), fc.integer({ min: 1, max: 2 * PACE_EXPIRES_MS })),
    moves: fc.oneof(fc.constant(0), fc.nat(30)),
    reasons: fc.constantFrom([], PAUSED, OPEN, [...PAUSED, ...OPEN]),
    reads: fc.boolean(),
  }),
  { maxLength: 40 },
);

test("a watch gives what a check answers after every change, and never the same twice in a row", async () => {
  await fc.assert(
    fc.asyncProperty(events, async (all) => {
      const watched = await Watched.open(500n);
      let offset = 0n;
      const expected = [await watched.now()];
      for (const { passes, moves, reasons, reads } of all) {
        await watched.pass(passes);
        changed(expected, await watched.now());
        if (!reads) continue;
        offset = offset + BigInt(moves) > 500n ? 500n : offset + BigInt(moves);
        await watched.read(offset, reasons);
        changed(expected, await watched.now());
        if (offset === 500n) break;
      }
      // Progress can stop having a pace shortly before a watch says so, which then is all it missed.
      await watched.pass(PACE_EXPIRES_MS + 10);
      changed(expected, await watched.now());
      expect(withoutPace(watched.given)).toEqual(withoutPace(expected));
      expect(watched.given.at(-1)).toEqual(expected.at(-1));
      for (const [at, status] of watched.given.entries()) {
        expect(status).not.toEqual(watched.given[at + 1]);
      }
    }),
  );
});

test("H12: a stalled group that is read 25 times a second gives one status, and one more when its pace expires", async () => {
  const watched = await Watched.open(500n);
  await watched.read(0n, OPEN);
  await watched.pass(1000);
  await watched.read(100n, OPEN);
  const moved = watched.given.length;
  expect(watched.given.at(-1)?.parts).toMatchObject([{ perSecond: 100, estimatedSeconds: 4 }]);
  for (let ms = 0; ms < 4 * PACE_EXPIRES_MS; ms += READING_MS) {
    await watched.pass(READING_MS);
    await watched.read(100n, OPEN);
  }
  const [expired, ...others] = watched.given.slice(moved);
  expect(others).toEqual([]);
  expect(expired).toMatchObject({ remaining: 400n, parts: [{ remaining: 400n }] });
  expect(expired?.parts[0]?.perSecond).toBeUndefined();
  expect(expired?.parts[0]?.estimatedSeconds).toBeUndefined();
});

test("progress that stops without any further reading is given once more, without a pace", async () => {
  const watched = await Watched.open(500n);
  await watched.read(0n);
  await watched.pass(1000);
  await watched.read(100n);
  expect(watched.given.at(-1)?.parts[0]?.perSecond).toBe(100);
  const before = watched.given.length;
  await watched.pass(PACE_EXPIRES_MS + 10);
  expect(watched.given.slice(before).map(({ parts }) => parts[0]?.perSecond)).toEqual([undefined]);
  await watched.pass(10 * PACE_EXPIRES_MS);
  expect(watched.given).toHaveLength(before + 1);
});

test("a pace has two digits, so that its noise is no change", async () => {
  const watched = await Watched.open(1_000_000n);
  await watched.read(0n);
  await watched.pass(1000);
  await watched.read(123_456n);
  expect(watched.given.at(-1)?.parts).toMatchObject([
    { perSecond: 120_000, estimatedSeconds: 7.1 },
  ]);
});

test("a watch of several inputs is complete when each of them is, whichever comes last", async () => {
  for (const order of [
    ["c", "unnamed-1"],
    ["unnamed-1", "c"],
  ] as const) {
    expect(await several(order)).toEqual(["inprogress", "inprogress", "complete"]);
  }
});

/** Watches a token of two inputs, which come to their ends in this order; answers what was given. */
async function several(order: readonly string[]): Promise<readonly string[]> {
  const parts = await harness();
  const running = await started(parts);
  const { tokens } = parts.service;
  const issued: string[] = [];
  for (const connector of order) {
    running.receive("t", connector, 2n);
    issued.push(await tokens.issue(CALLER, { ...ADDRESS, connector }, RECEIVED));
  }
  const joined = await tokens.join(CALLER, "p", issued);
  const given: string[] = [];
  const watching = (async () => {
    for await (const { status } of tokens.watch(CALLER, "p", joined, CALL)) given.push(status);
  })();
  for (const connector of order) {
    await new Promise(setImmediate);
    running.publish("t", connector, 2n);
  }
  await watching;
  return given;
}

function changed(all: TokenStatus[], now: TokenStatus): void {
  if (JSON.stringify(plain(now)) !== JSON.stringify(plain(all.at(-1)))) all.push(now);
}

function withoutPace(all: readonly TokenStatus[]): readonly string[] {
  const texts = all.map((status) =>
    JSON.stringify({
      ...Object(plain(status)),
      parts: status.parts.map(({ remaining }) => String(remaining)),
    }),
  );
  return texts.filter((text, at) => text !== texts[at - 1]);
}

function plain(status: TokenStatus | undefined): unknown {
  return JSON.parse(
    JSON.stringify(status, (_key, value: unknown) =>
      typeof value === "bigint" ? String(value) : value instanceof Map ? [...value] : value,
    ),
  );
}
