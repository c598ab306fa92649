/** Portions: fetched records in pieces of a bounded size, and how far each piece leads. */

import { type FetchedPartition, type RecordRun } from "./fetched.ts";
import { type Reached } from "./line-position.ts";

/** Records that are taken up together. */
export interface Portion {
  readonly runs: readonly RecordRun[];
  /** By partition: where to read on once they are taken. */
  readonly reached: ReadonlyMap<number, Reached>;
}

/** All that was fetched, in portions of at most so many records, cut between records only. */
export function* portionsOf(
  fetched: readonly FetchedPartition[],
  most: number,
): Generator<Portion> {
  let runs: RecordRun[] = [];
  let room = most;
  let reached = new Map<number, Reached>();
  for (const { batches } of fetched) {
    for (const { end, epoch, ...run } of batches) {
      const { partition, firstOffset } = run;
      let { records } = run;
      while (records.length > room) {
        const taken = records.slice(0, room);
        records = records.slice(room);
        const last = taken.at(-1);
        if (last !== undefined) {
          runs.push({ ...run, records: taken });
          reached.set(partition, { next: firstOffset + BigInt(last.offsetDelta) + 1n, epoch });
        }
        yield { runs, reached };
        runs = [];
        room = most;
        reached = new Map();
      }
      if (records.length > 0) runs.push({ ...run, records });
      room -= records.length;
      reached.set(partition, { next: end, epoch });
    }
  }
  if (reached.size > 0) yield { runs, reached };
}
