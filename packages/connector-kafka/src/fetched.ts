/** Fetched records: what one answer of a leader holds for whoever reads on from known offsets. */

import { type fetchV13, type RecordsBatch } from "@platformatic/kafka";

import { eachBatch } from "./readable.ts";

/** A record that a consumer is given. */
export interface Message {
  readonly partition: number;
  readonly offset: bigint;
  /** Absent of a tombstone. */
  readonly value: Buffer | null;
}

/** What an answer holds of one partition. */
export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly batches: readonly GivenBatch[];
  /** Where to read on. */
  readonly next: bigint;
  /** The last stable offset: what follows is not decided yet. */
  readonly stable: bigint;
  /** The high watermark: the end of what is replicated. */
  readonly end: bigint;
  /** Where this log parts from the one that was read, if it does. */
  readonly diverges: bigint | undefined;
}

/** Records of one batch from some offset on, and the next offset behind the batch. */
export interface GivenBatch {
  readonly messages: readonly Message[];
  readonly end: bigint;
  /** The leadership under which it was written. */
  readonly epoch: number;
}

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
    const messages = given ? messagesOf(batch, partition, next) : [];
    batches.push({ messages, end, epoch: batch.partitionLeaderEpoch });
    next = end;
  }
  const diverges = answer.divergingEpoch?.endOffset ?? -1n;
  return {
    partition,
    errorCode: answer.errorCode,
    batches,
    next,
    stable: answer.lastStableOffset,
    end: answer.highWatermark,
    diverges: diverges < 0n ? undefined : diverges,
  };
}

function messagesOf(
  { records, firstOffset }: RecordsBatch,
  partition: number,
  from: bigint,
): readonly Message[] {
  const messages: Message[] = [];
  for (const { offsetDelta, value } of records) {
    const offset = firstOffset + BigInt(offsetDelta);
    if (offset >= from) messages.push({ partition, offset, value });
  }
  return messages;
}
