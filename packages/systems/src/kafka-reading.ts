/** Reading a partition as a consumer does that is given only what is committed (KIP-98). */
import { ConnectionPool, FetchIsolationLevels, fetchV13, metadataV12 } from "@platformatic/kafka";

const FETCHED_BYTES = 1_000_000;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;
const ABORT = 0;

/** One record as a consumer is given it. */
export interface ReadRecord {
  readonly offset: bigint;
  readonly key: string | undefined;
  readonly value: string;
  /** Names and values, in their order. */
  readonly headers: readonly (readonly [string, string])[];
}

/** Everything that is committed in a partition now, in its order, up to the first open transaction. */
export async function readCommitted(
  bootstrap: string,
  topic: string,
  partition = 0,
): Promise<readonly ReadRecord[]> {
  const connections = new ConnectionPool("reader", { connectTimeout: 5000 });
  try {
    const brokers = bootstrap.split(",").map(address);
    const any = await connections.getFirstAvailable(brokers);
    const metadata = await metadataV12.api.async(any, [topic], false, false);
    const [described] = metadata.topics;
    const led = described?.partitions.find((each) => each.partitionIndex === partition);
    const leader = metadata.brokers.find(({ nodeId }) => nodeId === led?.leaderId);
    if (described === undefined || leader === undefined)
      throw new Error("nobody leads the partition");
    const connection = await connections.get(leader);
    const records: ReadRecord[] = [];
    for (let offset = 0n; ;) {
      const wanted = {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: offset,
        lastFetchedEpoch: -1,
        partitionMaxBytes: FETCHED_BYTES,
      };
      const topics = [{ topicId: described.topicId, partitions: [wanted] }];
      const level = FetchIsolationLevels.READ_COMMITTED;
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
      const next = take(answer?.records ?? [], answer?.abortedTransactions ?? [], offset, records);
      if (next === offset) return records;
      offset = next;
    }
  } finally {
    await connections.close();
  }
}

interface FetchedBatch {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly attributes: number;
  readonly producerId: bigint;
  readonly records: readonly {
    readonly offsetDelta: number;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
  }[];
}

/** Adds what is readable, and answers where to go on. */
function take(
  batches: readonly FetchedBatch[],
  aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[],
  from: bigint,
  into: ReadRecord[],
): bigint {
  let next = from;
  const toCome = [...aborted];
  const aborting = new Set<bigint>();
  for (const batch of batches) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    for (const begun of toCome.filter(({ firstOffset }) => firstOffset <= last)) {
      aborting.add(begun.producerId);
      toCome.splice(toCome.indexOf(begun), 1);
    }
    const isControl = (batch.attributes & IS_CONTROL) !== 0;
    const isAborted = (batch.attributes & IS_TRANSACTIONAL) !== 0 && aborting.has(batch.producerId);
    if (isControl && batch.records[0]?.key?.readInt16BE(2) === ABORT) {
      aborting.delete(batch.producerId);
    }
    for (const { offsetDelta, key, value, headers } of isControl || isAborted
      ? []
      : batch.records) {
      const offset = batch.firstOffset + BigInt(offsetDelta);
      if (offset < from) continue;
      into.push({
        offset,
        key: key?.toString(),
        value: value?.toString() ?? "",
        headers: headers.map(([name, text]) => [String(name), String(text)]),
      });
    }
    next = last + 1n;
  }
  return next;
}

function address(text: string): { readonly host: string; readonly port: number } {
  const [host = "", port = ""] = text.split(":");
  return { host, port: Number(port) };
}
