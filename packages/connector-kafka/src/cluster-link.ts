/** Links: what is asked of a cluster about one topic, each answer read afresh. */

import {
  apiVersionsV3,
  type Broker,
  ConnectionPool,
  FetchIsolationLevels,
  fetchV13,
  listOffsetsV7,
  metadataV12,
  offsetForLeaderEpochV4,
  ProtocolError,
  ResponseError,
} from "@platformatic/kafka";

import { invalid, type KafkaConnection } from "./connection.ts";
import { type Isolation } from "./readable.ts";
import { type Epochs } from "./topic-line.ts";

/** What `ListOffsets` takes in place of a time: the end of a log. */
export const END = -1n;
/** The same: the first offset that a log still holds. */
export const START = -2n;

const CONNECT_MS = 3000;
const REQUEST_MS = 5000;

/** Who leads a partition. */
export interface Led {
  readonly partition: number;
  /** A broker's id; negative while there is none. */
  readonly leader: number;
  /** Grows with every election. */
  readonly leaderEpoch: number;
}

/** A topic as its cluster has it at one moment. */
export interface TopicLayout {
  readonly clusterId: string;
  readonly topicId: string;
  /** In the order of their numbers. */
  readonly partitions: readonly Led[];
  readonly brokers: ReadonlyMap<number, Broker>;
}

/** A place in a log, and the leadership under which it was told. */
export interface LogOffset {
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

/** Asks one cluster, through connections of its own. */
export class ClusterLink implements AsyncDisposable {
  readonly #bootstrap: Broker[];
  readonly #connections: ConnectionPool;

  constructor({ bootstrapBrokers, ...secured }: KafkaConnection, clientId: string) {
    this.#bootstrap = bootstrapBrokers.map(brokerAt);
    this.#connections = new ConnectionPool(clientId, {
      ...secured,
      connectTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
    });
  }

  /** Rejects with a `ConfigError` where the cluster is too old to be asked by a topic's id. */
  async checkVersions(): Promise<void> {
    const connection = await this.#connections.getFirstAvailable(this.#bootstrap);
    const { apiKeys } = await apiVersionsV3.api.async(connection, "tidemark", "1");
    const { key, version } = fetchV13.api;
    const offered = apiKeys.find(({ apiKey }) => apiKey === key);
    if (offered !== undefined && offered.maxVersion >= version) return;
    throw invalid(
      "bootstrap.servers",
      "leads to a Kafka before 3.1, which does not tell topics of one name apart",
    );
  }

  /** The topic of that name; rejects where there is none. */
  async layout(topic: string): Promise<TopicLayout> {
    const connection = await this.#connections.getFirstAvailable(this.#bootstrap);
    const answer = await answered(metadataV12.api.async(connection, [topic], false, false));
    const found = answer.topics[0];
    if (found === undefined) throw new ProtocolError(UNKNOWN_TOPIC);
    if (found.errorCode !== 0) throw new ProtocolError(found.errorCode);
    return {
      clusterId: answer.clusterId ?? "",
      topicId: found.topicId,
      partitions: found.partitions
        .map(({ partitionIndex: partition, leaderId, leaderEpoch }) => ({
          partition,
          leader: leaderId,
          leaderEpoch,
        }))
        .toSorted((a, b) => a.partition - b.partition),
      brokers: new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }])),
    };
  }

  /** Where a topic's partitions are at a time, or at `START` or `END`; rejects unless all are told. */
  async offsets(
    topic: string,
    { partitions, brokers }: TopicLayout,
    { timestamp, isolation }: { readonly timestamp: bigint; readonly isolation: Isolation },
  ): Promise<ReadonlyMap<number, LogOffset>> {
    const level = isolationLevel(isolation);
    const byLeader = Map.groupBy(partitions, ({ leader }) => leader);
    const found = new Map<number, LogOffset>();
    const asking = [...byLeader].map(async ([leader, led]) => {
      const connection = await this.#connections.get(leaderOf(brokers, leader, led));
      const asked = led.map(({ partition, leaderEpoch }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: leaderEpoch,
        timestamp,
      }));
      const topics = [{ name: topic, partitions: asked }];
      const answer = await listOffsetsV7.api.async(connection, -1, level, topics);
      for (const { partitionIndex, offset, leaderEpoch } of answer.topics[0]?.partitions ?? []) {
        found.set(partitionIndex, { offset, leaderEpoch });
      }
    });
    await Promise.all(asking);
    return found;
  }

  /**
   * By partition, where the log parts from one whose last record was written under that leadership;
   * one that the leader knows nothing of is left out.
   */
  async epochEnds(
    topic: string,
    { partitions, brokers }: TopicLayout,
    epochs: Epochs,
  ): Promise<ReadonlyMap<number, bigint>> {
    const found = new Map<number, bigint>();
    const known = partitions.filter(({ partition }) => epochs.has(partition));
    const asking = [...Map.groupBy(known, ({ leader }) => leader)].map(async ([leader, led]) => {
      const connection = await this.#connections.get(leaderOf(brokers, leader, led));
      const asked = led.map(({ partition, leaderEpoch }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: leaderEpoch,
        leaderEpoch: epochs.get(partition) ?? -1,
      }));
      const topics = [{ name: topic, partitions: asked }];
      const answer = await offsetForLeaderEpochV4.api.async(connection, -1, topics);
      for (const { partition, endOffset } of answer.topics[0]?.partitions ?? []) {
        if (endOffset >= 0n) found.set(partition, endOffset);
      }
    });
    await Promise.all(asking);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }
}

/** The answer, also where the library throws it for what a part of it says. */
export async function answered<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const answer: T = error["response"];
    return answer;
  }
}

/** The protocol's word for an isolation. */
export function isolationLevel(isolation: Isolation): 0 | 1 {
  return isolation === "read_committed"
    ? FetchIsolationLevels.READ_COMMITTED
    : FetchIsolationLevels.READ_UNCOMMITTED;
}

const UNKNOWN_TOPIC = 3;

function brokerAt(address: string): Broker {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

function leaderOf(
  brokers: ReadonlyMap<number, Broker>,
  leader: number,
  led: readonly Led[],
): Broker {
  const broker = brokers.get(leader);
  if (broker !== undefined) return broker;
  const named = led.map(({ partition }) => partition).join(", ");
  throw new Error(`partition ${named} has no leader now`);
}
