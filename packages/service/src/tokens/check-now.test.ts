/** Laws of waiting for no time: it is a check, judged by a reading that begins after it was asked for. */

import { type Claim } from "@tidemark/core";
import { expect, test } from "vitest";

import { CALL, CALLER, type Harness, harness, refusal, started } from "../testing/harness.ts";
import { type FakePipeline } from "../testing/fake-pipeline.ts";

const ADDRESS = { pipeline: "p", relation: "t", connector: "c" };
const RECEIVED = { ...CALL, basis: "received" as const };
const NOW = { ...CALL, timeoutMs: 0 };

interface Observed {
  readonly parts: Harness;
  readonly running: FakePipeline;
  readonly token: string;
  /** Lets the readings that were asked for find this offset. */
  readonly answer: (offset: bigint) => void;
  readonly asked: () => number;
}

/** A pipeline whose readings take as long as the test says. */
async function observed(): Promise<Observed> {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  const waiting: (() => void)[] = [];
  running.refresh = (_claims: readonly Claim[], { signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => reject(signal.reason));
    waiting.push(resolve);
    return promise;
  };
  return {
    parts,
    running,
    token,
    answer: (offset) => {
      running.publish("t", "c", offset);
      for (const resolve of waiting.splice(0)) resolve();
    },
    asked: () => waiting.length,
  };
}

const CALLS = {
  "a wait": ({ parts, token }: Observed) => parts.service.tokens.wait(CALLER, "p", token, NOW),
  "a check": ({ parts, token }: Observed) => parts.service.tokens.check(CALLER, "p", token, CALL),
  "a check of several": ({ parts, token }: Observed) =>
    parts.service.tokens.checkSeveral(CALLER, "p", [token], { ...NOW, mode: "all" }),
} as const;

test.each(Object.entries(CALLS))(
  "%s for no time is answered by the reading it asks for, however long that takes",
  async (_name, call) => {
    for (const [offset, status] of [
      [4n, "inprogress"],
      [5n, "complete"],
    ] as const) {
      const at = await observed();
      const answer = call(at);
      await new Promise(setImmediate);
      at.parts.scheduler.advance(60_000);
      expect(at.asked()).toBe(1);
      at.answer(offset);
      expect(await answer).toMatchObject({ status });
      expect([at.running.board.waiting, at.parts.scheduler.timers]).toEqual([0, 0]);
    }
  },
);

test("a wait for some time ends with its time where the source gives no reading", async () => {
  const at = await observed();
  const { tokens } = at.parts.service;
  const wait = tokens.wait(CALLER, "p", at.token, { ...CALL, timeoutMs: 10 });
  const refused = refusal(() => wait);
  await new Promise(setImmediate);
  at.parts.scheduler.advance(10);
  expect(await refused).toMatchObject({ reason: "PipelineInteractionUnreachable" });
});

test("a caller who leaves ends a check that waits for its reading", async () => {
  const at = await observed();
  const leave = new AbortController();
  const reason = new Error("gone");
  const { tokens } = at.parts.service;
  const wait = tokens.wait(CALLER, "p", at.token, { signal: leave.signal, timeoutMs: 0 });
  await new Promise(setImmediate);
  leave.abort(reason);
  await expect(wait).rejects.toBe(reason);
});
