/** What the timing of answers must not change, which a real cluster can't be made to show. */

import { type Clock } from "@tidemark/connector";
import { expect, test } from "vitest";

import { type TopicLayout } from "./cluster-link.ts";
import { type FetchedPartition } from "./fetched.ts";
import { TopicReader } from "./topic-reader.ts";

const CLOCK: Clock = {
  wallMs: () => 0,
  monotonicMs: () => 0,
  sleep: () => new Promise(() => {}),
};

function ledBy(leader: number): TopicLayout {
  return {
    clusterId: "c",
    topicId: "t",
    partitions: [{ partition: 0, leader, leaderEpoch: leader }],
    brokers: new Map([
      [1, { host: "a", port: 1 }],
      [2, { host: "b", port: 2 }],
    ]),
  };
}

/** Records from an offset on, of a log that holds them up to another. */
function fetchedOf(from: bigint, next: bigint): readonly FetchedPartition[] {
  const records = Array.from({ length: Number(next - from) }, (_, offsetDelta) => ({
    offsetDelta,
    timestampDelta: 0n,
    headers: [],
    value: Buffer.from("x"),
  }));
  const batch = {
    partition: 0,
    firstOffset: from,
    firstTimestamp: 0n,
    appended: undefined,
    records,
    end: next,
    epoch: 1,
  };
  const ends = { stable: next, end: next, diverges: undefined };
  return [{ partition: 0, errorCode: 0, batches: [batch], from, next, ...ends }];
}

test("records that the leader before and the one after both give come once", async () => {
  const layouts = [ledBy(1), ledBy(2)];
  const asked = new Map<string, ((answer: readonly FetchedPartition[]) => void)[]>();
  const took = Promise.withResolvers<undefined>();
  const reader = new TopicReader({
    topic: "t",
    topicId: "t",
    former: [],
    only: undefined,
    offsets: new Map(),
    epochs: new Map(),
    ends: false,
    refreshMs: 0,
    link: {
      layout: () => {
        const next = layouts.shift();
        return next === undefined ? new Promise(() => {}) : Promise.resolve(next);
      },
      offsets: () => Promise.reject(new Error("not asked for")),
    },
    fetches: {
      fetch: ({ host }) =>
        new Promise((resolve) => {
          asked.set(host, [...(asked.get(host) ?? []), resolve]);
          if (host === "b") took.resolve(undefined);
        }),
    },
    clock: CLOCK,
    random: () => 0,
    trouble: () => {},
    signal: new AbortController().signal,
  });
  const first = reader.next();
  await took.promise;
  const answer = (host: string, from: bigint, next: bigint): void =>
    asked.get(host)?.shift()?.(fetchedOf(from, next));
  answer("a", 0n, 3n);
  expect(await first).toMatchObject({ kind: "records", fetched: [{ from: 0n, next: 3n }] });
  const second = reader.next();
  answer("b", 0n, 3n);
  while (asked.get("b")?.length === 0) await Promise.resolve();
  answer("b", 3n, 4n);
  expect(await second).toMatchObject({ kind: "records", fetched: [{ from: 3n, next: 4n }] });
});
