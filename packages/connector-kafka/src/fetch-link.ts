/** Fetch links: asking a leader for what follows in its partitions, and waiting there until there is more. */

import { type Broker, ConnectionPool, fetchV13, ProtocolError } from "@platformatic/kafka";

import { answered, isolationLevel } from "./cluster-link.ts";
import { type KafkaConnection } from "./connection.ts";
import { type FetchedPartition, fetchedPartition } from "./fetched.ts";
import { type FetchLimits } from "./kafka-input-config.ts";
import { type Isolation } from "./readable.ts";

/** What is asked of one partition. */
export interface Wanted {
  readonly partition: number;
  readonly from: bigint;
  /** The leadership under which what lies before was written, as far as it is known; else -1. */
  readonly epoch: number;
  /** The leadership that the leader is believed to have; one of another refuses. */
  readonly leaderEpoch: number;
}

const CONNECT_MS = 3000;
/** Beyond the time that a leader is asked to wait for records. */
const GRACE_MS = 10_000;
const ANYWHERE = "";

/** Fetches through connections of its own, as a leader answers one request after the other. */
export class FetchLink implements AsyncDisposable {
  readonly #connections: ConnectionPool;
  readonly #limits: FetchLimits;
  readonly #isolation: Isolation;

  constructor(
    { sasl, tls }: KafkaConnection,
    { limits, isolation }: { readonly limits: FetchLimits; readonly isolation: Isolation },
  ) {
    this.#limits = limits;
    this.#isolation = isolation;
    this.#connections = new ConnectionPool("tidemark-reader", {
      ...(sasl === undefined ? {} : { sasl }),
      ...(tls === undefined ? {} : { tls }),
      connectTimeout: CONNECT_MS,
      requestTimeout: limits.waitMs + GRACE_MS,
    });
  }

  /**
   * What each partition holds; what goes for one alone is told by its error code. An answer's first
   * partition is given at least one batch, so none is left behind for ever where `wanted` rotates.
   */
  async fetch(
    broker: Broker,
    topicId: string,
    wanted: readonly Wanted[],
  ): Promise<readonly FetchedPartition[]> {
    const { waitMs, minBytes, maxBytes, partitionMaxBytes } = this.#limits;
    const connection = await this.#connections.get(broker);
    const partitions = wanted.map(({ partition, from, epoch, leaderEpoch }) => ({
      partition,
      currentLeaderEpoch: leaderEpoch,
      fetchOffset: from,
      lastFetchedEpoch: epoch,
      partitionMaxBytes,
    }));
    const level = isolationLevel(this.#isolation);
    const topics = [{ topicId, partitions }];
    const answer = await answered(
      fetchV13.api.async(
        connection,
        waitMs,
        minBytes,
        maxBytes,
        level,
        0,
        -1,
        topics,
        [],
        ANYWHERE,
      ),
    );
    if (answer.errorCode !== 0) throw new ProtocolError(answer.errorCode);
    const from = new Map(wanted.map((each) => [each.partition, each.from]));
    return answer.responses.flatMap((one) =>
      one.partitions.map((each) => fetchedPartition(each, from.get(each.partitionIndex) ?? 0n)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }
}
