/** Laws of taking an answer apart. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type FetchedPartition, fetchedPartition, type RecordRun } from "./fetched.ts";
import { portionsOf } from "./portions.ts";

const RECORD = { length: 0, attributes: 0, timestampDelta: 0n, key: null, headers: [] };

/** An answer whose log has records at some offsets only, each batch reaching to the next one's start. */
function fetchedOf(batches: readonly (readonly number[])[], from: bigint): FetchedPartition {
  let firstOffset = 0n;
  const records = batches.map((deltas) => {
    const lastOffsetDelta = 9;
    const first = firstOffset;
    firstOffset += 10n;
    return {
      firstOffset: first,
      lastOffsetDelta,
      length: 0,
      partitionLeaderEpoch: 0,
      magic: 2,
      crc: 0,
      attributes: 0,
      firstTimestamp: 0n,
      maxTimestamp: 0n,
      producerId: -1n,
      producerEpoch: -1,
      firstSequence: -1,
      records: deltas.map((offsetDelta) => {
        return { ...RECORD, offsetDelta, value: Buffer.from(`${first + BigInt(offsetDelta)}`) };
      }),
    };
  });
  const answer = {
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: firstOffset,
    lastStableOffset: firstOffset,
    logStartOffset: 0n,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records,
  };
  return fetchedPartition(answer, from);
}

function offsetsOf(runs: readonly RecordRun[]): readonly bigint[] {
  return runs.flatMap(({ firstOffset, records }) =>
    records.map(({ offsetDelta }) => firstOffset + BigInt(offsetDelta)),
  );
}

test("K12: offsets that compaction left empty are passed, and portions are cut between records only", () => {
  const gapped = fc.array(
    fc.uniqueArray(fc.nat(9), { maxLength: 10 }).map((all) => all.toSorted((a, b) => a - b)),
    {
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(gapped, fc.nat(60), fc.integer({ min: 1, max: 12 }), (batches, start, most) => {
      const from = BigInt(start);
      const portions = [...portionsOf([fetchedOf(batches, from)], most)];
      const end = BigInt(batches.length * 10);
      const offsets = batches.flatMap((deltas, i) => deltas.map((delta) => BigInt(i * 10 + delta)));
      const given = portions.flatMap(({ runs }) => offsetsOf(runs));
      expect(given).toEqual(offsets.filter((at) => at >= from));
      expect(portions.every(({ runs }) => offsetsOf(runs).length <= most)).toBe(true);
      expect(portions.at(-1)?.reached.get(0)?.next).toBe(end > from ? end : undefined);
      let taken = 0;
      for (const { runs, reached } of portions) {
        taken += offsetsOf(runs).length;
        const next = reached.get(0)?.next ?? 0n;
        expect(given.slice(0, taken).every((at) => at < next)).toBe(true);
        expect(given.slice(taken).every((at) => at >= next)).toBe(true);
      }
    }),
  );
});
