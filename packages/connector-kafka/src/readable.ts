/** Readability: whether records that a consumer would be given lie between two offsets. */

import {
  type Connection,
  FetchIsolationLevels,
  fetchV13,
  ProtocolError,
} from "@platformatic/kafka";

import { ask } from "./cluster.ts";

const FETCHED_BYTES = 1_048_576;
const PARTITION_BYTES = 65_536;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;
const ABORT = 0;
const FORBIDDEN = 29;

/** Where to look in a partition's log. */
export interface Look {
  readonly partition: number;
  readonly from: bigint;
}

/** A batch as `Fetch` answers it, as far as readability goes. */
export interface FetchedBatch {
  readonly firstOffset: bigint;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly producerId: bigint;
  readonly records: readonly { readonly offsetDelta: number; readonly key: Buffer | null }[];
}

/** Whether consumers are given what is not committed, or was aborted. */
export type Isolation = "read_committed" | "read_uncommitted";

/** How far a log was looked into. */
export interface Readable {
  /** Below it, from where the look began, is nothing that consumers are given. */
  readonly until: bigint;
  /** Whether what lies there is a record, rather than the end of the look. */
  readonly found: boolean;
}

/**
 * Looks for the first record that a consumer is given, in each partition from an offset on. Markers
 * of transactions take up offsets and are given to nobody; nor is, under `read_committed`, what was
 * aborted (KIP-98). Partitions that the answer had no room for are left out; throws where the topic
 * may not be read.
 */
export async function readableFrom(
  leader: Connection,
  topicId: string,
  looks: readonly Look[],
  isolation: Isolation,
): Promise<ReadonlyMap<number, Readable>> {
  const committed = isolation === "read_committed";
  const level = committed
    ? FetchIsolationLevels.READ_COMMITTED
    : FetchIsolationLevels.READ_UNCOMMITTED;
  const partitions = looks.map(({ partition, from }) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: from,
    lastFetchedEpoch: -1,
    partitionMaxBytes: PARTITION_BYTES,
  }));
  const fetched = await ask(
    fetchV13.api,
    leader,
    0,
    0,
    FETCHED_BYTES,
    level,
    0,
    -1,
    [{ topicId, partitions }],
    [],
    "",
  );
  const from = new Map(looks.map((look) => [look.partition, look.from]));
  const found = new Map<number, Readable>();
  for (const answer of fetched.responses[0]?.partitions ?? []) {
    const start = from.get(answer.partitionIndex);
    if (answer.errorCode === FORBIDDEN) throw new ProtocolError(answer.errorCode);
    const batches = answer.records ?? [];
    if (start === undefined || answer.errorCode !== 0 || batches.length === 0) continue;
    const aborted = committed ? (answer.abortedTransactions ?? []) : [];
    found.set(answer.partitionIndex, firstReadable(batches, aborted, start));
  }
  return found;
}

/** The same of batches in their order, as they were fetched from `from` on. */
export function firstReadable(
  batches: readonly FetchedBatch[],
  aborted: readonly AbortedTransaction[],
  from: bigint,
): Readable {
  let proven = from;
  for (const { batch, given, end } of eachBatch(batches, aborted)) {
    if (given) {
      const readable = batch.records
        .map(({ offsetDelta }) => batch.firstOffset + BigInt(offsetDelta))
        .find((offset) => offset >= from);
      if (readable !== undefined) return { until: readable, found: true };
    }
    if (end > proven) proven = end;
  }
  return { until: proven, found: false };
}

/** A transaction that was aborted, from its first record on. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** A batch, and what a consumer has of it. */
export interface SiftedBatch<B> {
  readonly batch: B;
  /** Whether its records are given to consumers. */
  readonly given: boolean;
  /** The next offset behind it, which its last record need not stand before. */
  readonly end: bigint;
}

/**
 * Tells of each batch in order whether consumers are given it, where `aborted` is what the fetch
 * answered; nothing is aborted for those who read what is not committed.
 */
export function* eachBatch<B extends FetchedBatch>(
  batches: readonly B[],
  aborted: readonly AbortedTransaction[],
): Generator<SiftedBatch<B>> {
  const begun = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const aborting = new Set<bigint>();
  let next = 0;
  for (const batch of batches) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    // Each aborted transaction counts from its first record to its marker, once: its producer may
    // commit another one behind it.
    for (let one = begun[next]; one !== undefined && one.firstOffset <= last; one = begun[next]) {
      aborting.add(one.producerId);
      next += 1;
    }
    const isControl = (batch.attributes & IS_CONTROL) !== 0;
    if (isControl && isAbort(batch)) aborting.delete(batch.producerId);
    const isAborted = (batch.attributes & IS_TRANSACTIONAL) !== 0 && aborting.has(batch.producerId);
    yield { batch, given: !isControl && !isAborted, end: last + 1n };
  }
}

/** A control record's key is its version and its type, each of two bytes. */
function isAbort({ records }: FetchedBatch): boolean {
  const key = records[0]?.key;
  return key !== undefined && key !== null && key.length >= 4 && key.readInt16BE(2) === ABORT;
}
