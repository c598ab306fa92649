/** Portions: fetched records in pieces of a bounded size, and how far each piece leads. */

import { type FetchedPartition, type GivenBatch } from "./fetched.ts";
import { type Reached } from "./line-position.ts";

/** Records that are taken up together. */
export interface Portion {
  readonly runs: readonly GivenBatch[];
  /** By partition: where to read on once they are taken. */
  readonly reached: ReadonlyMap<number, Reached>;
}

/** All that was fetched, in portions of at most so many records, cut between records only. */
export function* portionsOf(
  fetched: readonly FetchedPartition[],
  most: number,
): Generator<Portion> {
  let runs: GivenBatch[] = [];
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
          const next = firstOffset + BigInt(last.offsetDelta) + 1n;
          runs.push({ ...run, records: taken, end: next, epoch });
          reached.set(partition, { next, epoch });
        }
        yield { runs, reached };
        runs = [];
        room = most;
        reached = new Map();
      }
      if (records.length > 0) runs.push({ ...run, records, end, epoch });
      room -= records.length;
      reached.set(partition, { next: end, epoch });
    }
  }
  if (reached.size > 0) yield { runs, reached };
}

/** A portion cut so that every record of which this holds is alone in one. */
export function* portionsAround(
  { runs, reached }: Portion,
  isAlone: (partition: number, offset: bigint) => boolean,
): Generator<Portion> {
  let before: GivenBatch[] = [];
  let at = new Map<number, Reached>();
  for (const run of runs) {
    const { partition, firstOffset, epoch } = run;
    let from = 0;
    for (const [index, record] of run.records.entries()) {
      const offset = firstOffset + BigInt(record.offsetDelta);
      if (!isAlone(partition, offset)) continue;
      if (index > from) {
        before.push({ ...run, records: run.records.slice(from, index), end: offset });
        at.set(partition, { next: offset, epoch });
      }
      if (at.size > 0) yield { runs: before, reached: at };
      const next = offset + 1n;
      const alone = { ...run, records: [record], end: next };
      yield { runs: [alone], reached: new Map([[partition, { next, epoch }]]) };
      before = [];
      at = new Map();
      from = index + 1;
    }
    if (from < run.records.length) before.push({ ...run, records: run.records.slice(from) });
    at.set(partition, { next: run.end, epoch });
  }
  yield { runs: before, reached };
}
