/** Snapshots: all rows of a table or a query as of one moment, in batches of bounded size. */

import { type Batch, type InputRejects, type Progress } from "@tidemark/connector";
import {
  type Frontier,
  frontier,
  type Incarnation,
  offset,
  offsetAt,
  type Position,
} from "@tidemark/core";

import { decodeEach, type DecodedEvents, NOTHING, type OpenDecoder, sum } from "./decode-events.ts";
import { rejectedEvent, type RejectedOf } from "./rejected-event.ts";
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
  readonly open: OpenDecoder;
  readonly onReject: InputRejects;
  /** What rejected rows are said to be of. */
  readonly rejected: RejectedOf;
  /** Where rejected rows stand, where that is not their place in the copy. */
  readonly rejectedAt?: Position;
  /** Where a commit stands. */
  readonly from: Progress;
  /** What is covered besides while rows are left. */
  readonly begun: Frontier;
  /** What is covered besides once all rows are taken. */
  readonly whole: Frontier;
  readonly signal: AbortSignal;
}

/** The rows that are not taken yet; the last batch, with rows or without, covers what `whole` says. */
export async function* snapshotBatches(options: SnapshotOptions): AsyncGenerator<Batch> {
  const { spool, full, open, from, begun, whole, signal } = options;
  const { incarnation } = from;
  const begin = snapshotAt(from.frontier) || full.begin;
  let decoder = open();
  let last = begin;
  let held: Buffer[] = [];
  for await (const bytes of spool.read(begin, signal)) {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      held.push(bytes);
      continue;
    }
    const lines = Buffer.concat([...held, bytes.subarray(0, end)]);
    held = [bytes.subarray(end)];
    const all = decoder.push(lines);
    const parts =
      all.errors.length === 0
        ? [{ ...all, bytes: lines.length }]
        : linesApart(lines.toString(), last, options);
    if (all.errors.length > 0) decoder = open();
    for (const { changes, records, errors, bytes: taken } of parts) {
      last += BigInt(taken);
      const progress = batchAt(incarnation, last, last === full.end ? whole : begun);
      yield { ...progress, changes, records, bytes: taken, errors };
    }
  }
  if (last === full.end && last > begin) return;
  if (last !== full.end) throw new Error("the copy of the snapshot is cut off");
  yield { ...batchAt(incarnation, last, whole), ...NOTHING };
}

const NEWLINE = 10;

/** Decodes lines one by one; where rejects stop the input, each line with an error stays alone. */
function linesApart(
  text: string,
  begin: bigint,
  { open, onReject, rejected, rejectedAt }: SnapshotOptions,
): readonly DecodedEvents[] {
  const parts: DecodedEvents[] = [];
  let good: DecodedEvents[] = [];
  let at = begin;
  const close = (): void => {
    if (good.length > 0) parts.push(sum(good));
    good = [];
  };
  for (const line of text.split("\n").slice(0, -1)) {
    const position = rejectedAt ?? [SNAPSHOT, offset(at)];
    const decoded = decodeEach(open, [line], (error, event) =>
      rejectedEvent(error, event, { ...rejected, position, number: null }),
    );
    const stops = onReject === "stop" && decoded.errors.length > 0;
    if (stops) close();
    good.push(decoded);
    if (stops) close();
    at += BigInt(decoded.bytes);
  }
  close();
  return parts;
}

function batchAt(incarnation: Incarnation, at: bigint, besides: Frontier): Progress {
  return { incarnation, frontier: withSnapshot(besides, at) };
}
