/** Reading a topic's log directly, as a small consumer program does it. */

import { ConnectionPool, FetchIsolationLevels, fetchV13 } from "@platformatic/kafka";
import { type KafkaCluster } from "@tidemark/systems";

const BYTES = 1_048_576;
const OFFSET_OUT_OF_RANGE = 1;

/** A record, or the end of what takes up offsets without being one. */
interface LogRecord {
  readonly offset: bigint;
  readonly value: string;
}

/** What lies in a partition from some offset on. */
export interface LogPiece {
  readonly records: readonly LogRecord[];
  /** Where to read on: behind the markers of transactions, too. */
  readonly next: bigint;
}

/** Which partition of which topic's life. */
export interface LogPlace {
  readonly topicId: string;
  readonly partition: number;
}

/** What a consumer is given. */
export type Isolation = "read_committed" | "read_uncommitted";

/** One connection to the cluster's only broker; reading fails with it. */
export class KafkaLog implements AsyncDisposable {
  readonly #pool = new ConnectionPool("engine", { connectTimeout: 5000, requestTimeout: 10_000 });
  readonly #broker: { readonly host: string; readonly port: number };

  constructor({ bootstrap }: Pick<KafkaCluster, "bootstrap">) {
    const [host = "", port = ""] = bootstrap.split(":");
    this.#broker = { host, port: Number(port) };
  }

  /** A piece of the log; undefined where the offset is outside of it. */
  async read(
    { topicId, partition }: LogPlace,
    from: bigint,
    isolation: Isolation,
  ): Promise<LogPiece | undefined> {
    const connection = await this.#pool.get(this.#broker);
    const wanted = { partition, fetchOffset: from, partitionMaxBytes: BYTES };
    const partitions = [{ ...wanted, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }];
    const level =
      isolation === "read_committed"
        ? FetchIsolationLevels.READ_COMMITTED
        : FetchIsolationLevels.READ_UNCOMMITTED;
    const topics = [{ topicId, partitions }];
    try {
      const { responses } = await fetchV13.api.async(
        connection,
        0,
        0,
        BYTES,
        level,
        0,
        -1,
        topics,
        [],
        "",
      );
      const found = responses[0]?.partitions[0];
      const aborted = isolation === "read_committed" ? (found?.abortedTransactions ?? []) : [];
      return pieceOf(found?.records ?? [], aborted, from);
    } catch (error) {
      if (saysOutOfRange(error)) return undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }
}

/** The protocol's own code for it, however deep the library has wrapped it. */
function saysOutOfRange(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("apiCode" in error && error.apiCode === OFFSET_OUT_OF_RANGE) return true;
  const inner: unknown[] = "errors" in error && Array.isArray(error.errors) ? error.errors : [];
  return inner.some(saysOutOfRange) || saysOutOfRange(error.cause);
}

type Answered = NonNullable<
  Awaited<ReturnType<typeof fetchV13.api.async>>["responses"][0]
>["partitions"][0];

type Batches = NonNullable<Answered["records"]>;

type Aborted = NonNullable<Answered["abortedTransactions"]>;

const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;

/** Batches as they were written: the first may begin before what was asked for. */
function pieceOf(batches: Batches, aborted: Aborted, from: bigint): LogPiece {
  const records: LogRecord[] = [];
  let next = from;
  for (const batch of batches) {
    const { firstOffset, lastOffsetDelta, attributes } = batch;
    const end = firstOffset + BigInt(lastOffsetDelta) + 1n;
    if (end > next) next = end;
    if ((attributes & IS_CONTROL) !== 0 || isAborted(batch, batches, aborted)) continue;
    for (const { offsetDelta, value } of batch.records) {
      const offset = firstOffset + BigInt(offsetDelta);
      if (offset >= from) records.push({ offset, value: String(value) });
    }
  }
  return { records, next };
}

/** An aborted transaction reaches from its first record to its producer's next marker. */
function isAborted(
  { attributes, producerId, firstOffset }: Batches[0],
  batches: Batches,
  aborted: Aborted,
): boolean {
  if ((attributes & IS_TRANSACTIONAL) === 0) return false;
  return aborted.some((one) => {
    if (one.producerId !== producerId || one.firstOffset > firstOffset) return false;
    const marker = batches.find(
      (batch) =>
        (batch.attributes & IS_CONTROL) !== 0 &&
        batch.producerId === producerId &&
        batch.firstOffset > one.firstOffset,
    );
    return marker === undefined || firstOffset < marker.firstOffset;
  });
}
