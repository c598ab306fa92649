/** Laws of taking an answer apart. */

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type FetchedPartition, fetchedPartition, type RecordRun } from "./fetched.ts";
import { portionsAround, portionsOf } from "./portions.ts";

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

test("every record that is to be alone is, and all come in order to the same end", () => {
  const deltas = fc.uniqueArray(fc.nat(9)).map((all) => all.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(fc.array(deltas, { maxLength: 6 }), fc.nat(4), (batches, modulus) => {
      const isAlone = (_partition: number, offset: bigint): boolean =>
        offset % BigInt(modulus + 1) === 0n;
      for (const portion of portionsOf([fetchedOf(batches, 0n)], 7)) {
        const parts = [...portionsAround(portion, isAlone)];
        expect(parts.flatMap(({ runs }) => offsetsOf(runs))).toEqual(offsetsOf(portion.runs));
        expect(parts.at(-1)?.reached).toEqual(portion.reached);
        for (const { runs, reached } of parts) {
          const offsets = offsetsOf(runs);
          const alone = offsets.filter((offset) => isAlone(0, offset));
          expect(alone.length === 0 || offsets.length === 1).toBe(true);
          const next = reached.get(0)?.next ?? 0n;
          for (const offset of offsets) expect(offset).toBeLessThan(next);
        }
        const ends = parts.map(({ reached }) => reached.get(0)?.next ?? 0n);
        expect(ends.toSorted((a, b) => Number(a - b))).toEqual(ends);
      }
    }),
  );
});
