/** Laws of readability, against a log that says of every offset what it is. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type FetchedBatch, firstReadable } from "./readable.ts";

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

type Entry =
  | { readonly kind: "plain" }
  | { readonly kind: "begin"; readonly producer: number; readonly commits: boolean }
  | { readonly kind: "end"; readonly producer: number };

const entries: fc.Arbitrary<readonly Entry[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.constant({ kind: "plain" as const }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("begin" as const),
        producer: fc.integer({ min: 1, max: 2 }),
        commits: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("end" as const),
        producer: fc.integer({ min: 1, max: 2 }),
      }),
    },
  ),
  { maxLength: 14 },
);

/** A log with one entry an offset, what is aborted in it, and the offsets that consumers are given. */
function logOf(all: readonly Entry[]): {
  readonly batches: readonly FetchedBatch[];
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[];
  readonly given: readonly bigint[];
} {
  const batches: FetchedBatch[] = [];
  const aborted: { producerId: bigint; firstOffset: bigint }[] = [];
  const given: bigint[] = [];
  const open = new Map<number, boolean>();
  const add = (producer: number, attributes: number, key: Buffer | null): void => {
    const firstOffset = BigInt(batches.length);
    const records = [{ offsetDelta: 0, key }];
    batches.push({
      firstOffset,
      attributes,
      lastOffsetDelta: 0,
      producerId: BigInt(producer),
      records,
    });
  };
  for (const entry of [...all, ...[1, 2].map((producer) => ({ kind: "end" as const, producer }))]) {
    const at = BigInt(batches.length);
    if (entry.kind === "plain") {
      given.push(at);
      add(-1, 0, null);
    } else if (entry.kind === "begin") {
      const commits = open.get(entry.producer) ?? entry.commits;
      if (!open.has(entry.producer) && !commits) {
        aborted.push({ producerId: BigInt(entry.producer), firstOffset: at });
      }
      open.set(entry.producer, commits);
      if (commits) given.push(at);
      add(entry.producer, TRANSACTIONAL, null);
    } else if (open.has(entry.producer)) {
      const key = Buffer.from([0, 0, 0, open.get(entry.producer) === true ? 1 : 0]);
      open.delete(entry.producer);
      add(entry.producer, TRANSACTIONAL | CONTROL, key);
    }
  }
  return { batches, aborted, given };
}

test("K1: the first record that a consumer is given is found, behind any markers and aborted records", () => {
  fc.assert(
    fc.property(entries, fc.nat({ max: 16 }), (all, start) => {
      const { batches, aborted, given } = logOf(all);
      const from = BigInt(Math.min(start, batches.length));
      const fetched = batches.filter(({ firstOffset }) => firstOffset >= from);
      // A broker answers the transactions whose markers lie behind where the fetch begins.
      const told = aborted.filter(({ producerId, firstOffset }) =>
        batches.some(
          (batch) =>
            batch.producerId === producerId &&
            (batch.attributes & CONTROL) !== 0 &&
            batch.firstOffset >= from &&
            batch.firstOffset > firstOffset &&
            !batches.some(
              (other) =>
                other.producerId === producerId &&
                (other.attributes & CONTROL) !== 0 &&
                other.firstOffset > firstOffset &&
                other.firstOffset < batch.firstOffset,
            ),
        ),
      );
      const first = given.find((offset) => offset >= from);
      expect(firstReadable(fetched, told, from)).toEqual({
        until: first ?? BigInt(Math.max(batches.length, Number(from))),
        found: first !== undefined,
      });
    }),
    { numRuns: 2000 },
  );
});

test("K12: a batch that begins before is searched from where the look begins", () => {
  const records = [0, 2, 5].map((offsetDelta) => ({ offsetDelta, key: null }));
  const batch = { firstOffset: 10n, attributes: 0, lastOffsetDelta: 7, producerId: -1n, records };
  expect(firstReadable([batch], [], 11n)).toEqual({ until: 12n, found: true });
  expect(firstReadable([batch], [], 13n)).toEqual({ until: 15n, found: true });
  expect(firstReadable([batch], [], 16n)).toEqual({ until: 18n, found: false });
});
