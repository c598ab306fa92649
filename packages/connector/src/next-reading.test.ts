/** Laws of shared readings. */

import { expect, test } from "vitest";

import { NextReading } from "./next-reading.ts";

/** A reading whose answers the test gives by hand; answers the subjects it was asked about. */
function byHand(): {
  readonly reading: NextReading<string, string>;
  readonly begun: (() => void)[];
  readonly fail: ((error: Error) => void)[];
} {
  const begun: (() => void)[] = [];
  const fail: ((error: Error) => void)[] = [];
  const reading = new NextReading<string, string>((subjects) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    begun.push(() => resolve([...subjects].toSorted().join()));
    fail.push(reject);
    return promise;
  });
  return { reading, begun, fail };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const { signal } = new AbortController();

test("H3: a caller never joins a reading that began before it came", async () => {
  const { reading, begun } = byHand();
  const first = reading.ask("a", { signal });
  await turn();
  const second = reading.ask("b", { signal });
  await turn();
  expect(begun).toHaveLength(1);
  begun[0]?.();
  expect(await first).toBe("a");
  await turn();
  expect(begun).toHaveLength(2);
  begun[1]?.();
  expect(await second).toBe("b");
});

test("H2: callers of one turn, and all who come during a reading, share one", async () => {
  const { reading, begun } = byHand();
  const asked = Array.from({ length: 1000 }, (_, i) => reading.ask(`${i % 3}`, { signal }));
  await turn();
  const later = Array.from({ length: 1000 }, () => reading.ask("x", { signal }));
  begun[0]?.();
  expect(new Set(await Promise.all(asked))).toEqual(new Set(["0,1,2"]));
  await turn();
  begun[1]?.();
  expect(new Set(await Promise.all(later))).toEqual(new Set(["x"]));
  expect(begun).toHaveLength(2);
});

test("a reading that fails fails for those who share it, and the next one is tried", async () => {
  const { reading, begun, fail } = byHand();
  const asked = [reading.ask("a", { signal }), reading.ask("b", { signal })];
  await turn();
  fail[0]?.(new Error("the broker does not answer"));
  for (const answer of asked) await expect(answer).rejects.toThrow("does not answer");
  const again = reading.ask("a", { signal });
  await turn();
  begun[1]?.();
  expect(await again).toBe("a");
});

test("a caller that gives up leaves the others their reading", async () => {
  const { reading, begun } = byHand();
  const leaving = new AbortController();
  const left = reading.ask("a", { signal: leaving.signal });
  const stays = reading.ask("b", { signal });
  await turn();
  leaving.abort(new Error("not any more"));
  await expect(left).rejects.toThrow("not any more");
  begun[0]?.();
  expect(await stays).toBe("a,b");
});
