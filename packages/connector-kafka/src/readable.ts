/** Readability: whether records that a consumer would be given lie between two offsets. */

import { FetchIsolationLevels, fetchV13, type ConnectionPool } from "@platformatic/kafka";

const FETCHED_BYTES = 65_536;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;
const ABORT = 0;

/** A place in a log, and who leads it. */
export interface LogPlace {
  readonly broker: { readonly host: string; readonly port: number };
  readonly topicId: string;
  readonly partition: number;
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
 * Looks for the first record from `from` on that a consumer is given. Markers of transactions take
 * up offsets and are given to nobody; nor is, under `read_committed`, what was aborted (KIP-98).
 */
export async function readableFrom(
  connections: ConnectionPool,
  { broker, topicId, partition }: LogPlace,
  { from, isolation }: { readonly from: bigint; readonly isolation: Isolation },
): Promise<Readable> {
  const connection = await connections.get(broker);
  const wanted = {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: from,
    lastFetchedEpoch: -1,
    partitionMaxBytes: FETCHED_BYTES,
  };
  const topics = [{ topicId, partitions: [wanted] }];
  const committed = isolation === "read_committed";
  const level = committed
    ? FetchIsolationLevels.READ_COMMITTED
    : FetchIsolationLevels.READ_UNCOMMITTED;
  const fetched = await fetchV13.api.async(
    connection,
    0,
    0,
    FETCHED_BYTES,
    level,
    0,
    -1,
    topics,
    [],
    "",
  );
  const answer = fetched.responses[0]?.partitions[0];
  if (answer === undefined || answer.errorCode !== 0) {
    throw new Error(
      `partition ${partition} could not be looked into (error ${answer?.errorCode ?? "none"})`,
    );
  }
  const aborted = committed ? (answer.abortedTransactions ?? []) : [];
  return firstReadable(answer.records ?? [], aborted, from);
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
