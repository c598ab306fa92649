/** Fetched records: what one answer of a leader holds for whoever reads on from known offsets. */

import { type fetchV13 } from "@platformatic/kafka";

import { eachBatch } from "./readable.ts";

/** A record, as far as it is read. */
export interface KafkaRecord {
  /** From the first offset of its batch. */
  readonly offsetDelta: number;
  /** Milliseconds from the first timestamp of its batch. */
  readonly timestampDelta: bigint;
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
  /** Absent of a tombstone. */
  readonly value: Buffer | null;
}

/** Records of one batch, in their order. */
export interface RecordRun {
  readonly partition: number;
  /** The offset that each record's own counts from. */
  readonly firstOffset: bigint;
  /** The timestamp that each record's own counts from, in milliseconds since 1970. */
  readonly firstTimestamp: bigint;
  /** The one that all of them have instead, where the broker gave it. */
  readonly appended: bigint | undefined;
  readonly records: readonly KafkaRecord[];
}

/** What an answer holds of one partition. */
export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly batches: readonly GivenBatch[];
  /** Where reading stood when it was asked for. */
  readonly from: bigint;
  /** Where to read on. */
  readonly next: bigint;
  /** The last stable offset: what follows is not decided yet. */
  readonly stable: bigint;
  /** The high watermark: the end of what is replicated. */
  readonly end: bigint;
  /** Where this log parts from the one that was read, if it does. */
  readonly diverges: bigint | undefined;
}

/** Records of one batch that a consumer is given, and the next offset behind the batch. */
export interface GivenBatch extends RecordRun {
  readonly end: bigint;
  /** The leadership under which it was written. */
  readonly epoch: number;
}

const IS_LOG_APPEND_TIME = 0x08;

type Answered = fetchV13.FetchResponsePartition;

/** Takes an answer apart: records from `from` on, without what nobody is given. */
export function fetchedPartition(answer: Answered, from: bigint): FetchedPartition {
  const partition = answer.partitionIndex;
  const batches: GivenBatch[] = [];
  let next = from;
  for (const { batch, given, end } of eachBatch(
    answer.records ?? [],
    answer.abortedTransactions ?? [],
  )) {
    if (end <= next) continue;
    const { firstOffset, firstTimestamp, partitionLeaderEpoch: epoch } = batch;
    const appended = (batch.attributes & IS_LOG_APPEND_TIME) === 0 ? undefined : batch.maxTimestamp;
    const records = given ? recordsFrom(batch.records, next - firstOffset) : [];
    batches.push({ partition, firstOffset, firstTimestamp, appended, records, end, epoch });
    next = end;
  }
  const diverges = answer.divergingEpoch?.endOffset ?? -1n;
  return {
    partition,
    errorCode: answer.errorCode,
    batches,
    from,
    next,
    stable: answer.lastStableOffset,
    end: answer.highWatermark,
    diverges: diverges < 0n ? undefined : diverges,
  };
}

function recordsFrom(records: readonly KafkaRecord[], delta: bigint): readonly KafkaRecord[] {
  return delta > 0n ? records.filter(({ offsetDelta }) => offsetDelta >= delta) : records;
}
