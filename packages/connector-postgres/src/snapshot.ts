/** Snapshots: all rows of a table or a query as of one moment, in batches of bounded size. */

import { type Batch, type Decoder, type Progress } from "@tidemark/connector";
import { type Frontier, frontier, type Incarnation, offset, offsetAt } from "@tidemark/core";

import { type FullSpool, type Spool } from "./spool.ts";

/** The partition of a snapshot: bytes of its copy. */
const SNAPSHOT = "snapshot";

/** How far a frontier is into the copy of the snapshot that it covers a part of. */
export function snapshotAt(at: Frontier): bigint {
  return offsetAt(at, SNAPSHOT);
}

/** A frontier that goes on where a snapshot was taken to. */
export function withSnapshot(at: Frontier, snapshot: bigint): Frontier {
  return snapshot === 0n ? at : frontier([...at.positions, [SNAPSHOT, offset(snapshot)]]);
}

/** What the batches of a snapshot are made with. */
export interface SnapshotOptions {
  readonly spool: Spool;
  readonly full: FullSpool;
  readonly decoder: Decoder;
  /** Where a commit stands. */
  readonly from: Progress;
  /** What is covered once all rows are taken, besides the snapshot. */
  readonly whole: Frontier;
  readonly signal: AbortSignal;
}

/** The rows that are not taken yet; the last batch, with rows or without, covers what `whole` says. */
export async function* snapshotBatches(options: SnapshotOptions): AsyncGenerator<Batch> {
  const { spool, full, decoder, from, whole, signal } = options;
  const { incarnation } = from;
  const begin = snapshotAt(from.frontier) || full.begin;
  let last = begin;
  for await (const bytes of spool.read(begin, signal)) {
    const { changes, records, errors, consumedBytes } = decoder.push(bytes);
    const at = begin + consumedBytes;
    if (at === last) continue;
    const progress = batchAt(incarnation, at, at === full.end ? whole : undefined);
    yield { ...progress, changes, records, bytes: Number(at - last), errors };
    last = at;
  }
  if (last === full.end && last > begin) return;
  if (last !== full.end) throw new Error("the copy of the snapshot is cut off");
  const progress = batchAt(incarnation, last, whole);
  yield { ...progress, changes: { rows: [] }, records: 0, bytes: 0, errors: [] };
}

function batchAt(incarnation: Incarnation, at: bigint, whole: Frontier | undefined): Progress {
  return { incarnation, frontier: withSnapshot(whole ?? frontier([]), at) };
}
