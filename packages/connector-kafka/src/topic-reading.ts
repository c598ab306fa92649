/** Topic readings: where the logs of topics begin and end, in one round trip for all who ask. */

import { NextReading } from "@tidemark/connector";
import {
  type Connection,
  FetchIsolationLevels,
  listOffsetsV6,
  offsetForLeaderEpochV4,
  ProtocolError,
} from "@platformatic/kafka";

import {
  ask,
  type Cluster,
  isDisconnection,
  type Leadership,
  type TopicDescription,
} from "./cluster.ts";

/** What `ListOffsets` takes in place of a time. */
const END = -1n;
const START = -2n;
const CONSUMER = -1;
const NOBODY = -1;
const UNKNOWN_ERROR = "UNKNOWN_SERVER_ERROR";
/** How often a topic that changes while it is read is read again. */
const ATTEMPTS = 3;
/** What a broker answers that is not, or no longer, whom to ask. */
const STALE: ReadonlySet<number> = new Set([3, 5, 6, 9, 74, 75, 76, 100]);

/** A partition's log at one moment. */
export interface LogReading extends Leadership {
  /** The first offset that the log still holds. */
  readonly start: bigint;
  /** The high watermark: the end of what is replicated. */
  readonly end: bigint;
  /** The last stable offset: the end of what is decided, below which no transaction is open. */
  readonly stable: bigint;
}

/** A topic's logs at one moment. */
export interface TopicReading {
  readonly clusterId: string;
  readonly topicId: string;
  readonly partitions: ReadonlyMap<number, LogReading>;
}

/** A partition, and an epoch under which it was led. */
export interface EpochOfPartition {
  readonly index: number;
  readonly epoch: number;
}

type Outcome = TopicReading | Error;
type Offsets = ReadonlyMap<string, ReadonlyMap<number, bigint | Error>>;
interface Told {
  readonly start: Offsets;
  readonly stable: Offsets;
  readonly end: Offsets;
  readonly after: ReadonlyMap<string, TopicDescription | Error>;
}
interface EpochPartition {
  readonly partitionIndex: number;
  readonly currentLeaderEpoch: number;
  readonly leaderEpoch: number;
}
interface Answers {
  readonly told: ReadonlyMap<number, Told | Error>;
  readonly before: ReadonlyMap<string, TopicDescription>;
}

/** Reads the logs of one cluster's topics for everybody who asks. */
export class TopicReadings {
  readonly #cluster: Cluster;
  readonly #next: NextReading<string, ReadonlyMap<string, Outcome>>;
  readonly #known = new Map<string, TopicDescription>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#next = new NextReading((topics) => this.#read([...topics]));
  }

  /** The topic's logs, by a reading that begins after the call. */
  async of(topic: string, options: { readonly signal: AbortSignal }): Promise<TopicReading> {
    const outcome = (await this.#next.ask(topic, options)).get(topic);
    if (outcome === undefined) throw new TypeError("a reading answers what it was asked about");
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** The topics as they were described last, asking only about those that never were. */
  async known(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription | Error>> {
    const unknown = topics.filter((topic) => !this.#known.has(topic));
    const found = new Map<string, TopicDescription | Error>();
    if (unknown.length > 0) {
      const described = await this.#cluster.any((connection) =>
        this.#cluster.describe(connection, unknown),
      );
      for (const topic of unknown) found.set(topic, this.#learn(topic, described));
    }
    for (const topic of topics) {
      const described = this.#known.get(topic);
      if (described !== undefined) found.set(topic, described);
    }
    return found;
  }

  /**
   * Where an earlier leader's epoch ends in the log of the present one, of each partition asked
   * about: what was written under it from there on was cut off. Undefined where it has not heard of
   * the epoch.
   */
  async endsOfEpochs(
    topic: string,
    asked: readonly EpochOfPartition[],
  ): Promise<readonly (EpochOfPartition & { readonly end: bigint | undefined })[]> {
    const led = this.#known.get(topic)?.partitions;
    const requests = new Map<string, { leader: number; partitions: EpochPartition[] }>();
    for (const { index, epoch } of asked) {
      const { leader, leaderEpoch } = led?.get(index) ?? { leader: NOBODY, leaderEpoch: NOBODY };
      // A request has a partition once.
      const key = `${leader} ${epoch}`;
      const request = requests.get(key) ?? { leader, partitions: [] };
      const currentLeaderEpoch = leaderEpoch;
      request.partitions.push({ partitionIndex: index, currentLeaderEpoch, leaderEpoch: epoch });
      requests.set(key, request);
    }
    const { api } = offsetForLeaderEpochV4;
    const ends = await Promise.all(
      [...requests.values()].map(async ({ leader, partitions }) => {
        const answer = await this.#cluster.of(leader, (connection) =>
          ask(api, connection, CONSUMER, [{ name: topic, partitions }]),
        );
        const told = new Map(answer.topics[0]?.partitions.map((each) => [each.partition, each]));
        return partitions.map(({ partitionIndex: index, leaderEpoch: epoch }) => {
          const found = told.get(index);
          if (found?.errorCode !== 0) throw new ProtocolError(found?.errorCode ?? UNKNOWN_ERROR);
          const end = found.endOffset < 0n ? undefined : found.endOffset;
          return { index, epoch, end };
        });
      }),
    );
    return ends.flat();
  }

  /** A topic that changes while it is read is read again: what is answered was so all the while. */
  async #read(topics: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    let left = topics;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const before = new Map<string, TopicDescription>();
      for (const [topic, described] of await this.known(left)) {
        if (described instanceof Error) outcomes.set(topic, described);
        else before.set(topic, described);
      }
      const answers = { before, told: await this.#ask(before) };
      left = [...before.keys()].filter((topic) => {
        const outcome = this.#outcome(topic, answers);
        if (outcome instanceof Stale && attempt < ATTEMPTS) return true;
        outcomes.set(topic, outcome instanceof Stale ? outcome.why : outcome);
        return false;
      });
    }
    return outcomes;
  }

  /** Every leader at once, each by requests that follow each other without waiting. */
  async #ask(
    before: ReadonlyMap<string, TopicDescription>,
  ): Promise<ReadonlyMap<number, Told | Error>> {
    const leaders = new Map<number, Map<string, [number, Leadership][]>>();
    for (const [topic, { partitions }] of before) {
      for (const [index, led] of partitions) {
        const topics = leaders.get(led.leader) ?? new Map<string, [number, Leadership][]>();
        const partitionsOf = topics.get(topic) ?? [];
        partitionsOf.push([index, led]);
        leaders.set(led.leader, topics.set(topic, partitionsOf));
      }
    }
    const told = [...leaders].map(async ([id, topics]): Promise<[number, Told | Error]> => {
      try {
        return [id, await this.#cluster.of(id, (leader) => this.#askLeader(leader, topics))];
      } catch (error) {
        return [id, error instanceof Error ? error : new Error(String(error))];
      }
    });
    return new Map(await Promise.all(told));
  }

  /** A broker answers a connection's requests in order: topics are told apart after their offsets. */
  async #askLeader(
    connection: Connection,
    topics: ReadonlyMap<string, readonly (readonly [number, Leadership])[]>,
  ): Promise<Told> {
    const { READ_COMMITTED, READ_UNCOMMITTED } = FetchIsolationLevels;
    const list = async (isolation: number, timestamp: bigint): Promise<Offsets> => {
      const asked = [...topics].map(([name, partitions]) => ({
        name,
        partitions: partitions.map(([partitionIndex, { leaderEpoch: currentLeaderEpoch }]) => ({
          partitionIndex,
          currentLeaderEpoch,
          timestamp,
        })),
      }));
      const listed = await ask(listOffsetsV6.api, connection, CONSUMER, isolation, asked);
      return new Map(
        listed.topics.map(({ name, partitions }) => [
          name,
          new Map(
            partitions.map(({ partitionIndex, errorCode, offset }) => [
              partitionIndex,
              errorCode === 0 ? offset : new ProtocolError(errorCode),
            ]),
          ),
        ]),
      );
    };
    const [start, stable, end, after] = await Promise.all([
      list(READ_UNCOMMITTED, START),
      list(READ_COMMITTED, END),
      list(READ_UNCOMMITTED, END),
      this.#cluster.describe(connection, [...topics.keys()]),
    ]);
    return { start, stable, end, after };
  }

  /** One topic out of the answers; `Stale` where it was not the same before and after. */
  #outcome(topic: string, { told, before }: Answers): Outcome | Stale {
    const described = before.get(topic);
    if (described === undefined) throw new TypeError("a topic is described before it is read");
    const { topicId, clusterId } = described;
    if (described.partitions.size === 0) {
      this.#known.delete(topic);
      return new Error(`topic '${topic}' has no partitions that can be seen`);
    }
    const leaders = new Set([...described.partitions.values()].map(({ leader }) => leader));
    for (const leader of leaders) {
      const answer = told.get(leader) ?? new ProtocolError("LEADER_NOT_AVAILABLE");
      const after = answer instanceof Error ? answer : this.#learn(topic, answer.after);
      if (after instanceof Error) return this.#refused(topic, after);
      if (after.topicId !== topicId || after.partitions.size !== described.partitions.size) {
        return new Stale(new Error(`topic '${topic}' was changed while it was read`));
      }
    }
    const partitions = new Map<number, LogReading>();
    for (const [index, led] of described.partitions) {
      const log = logOf(told.get(led.leader), topic, index);
      if (log instanceof Error) return this.#refused(topic, log);
      partitions.set(index, { ...led, ...log });
    }
    return { topicId, clusterId, partitions };
  }

  #refused(topic: string, error: Error): Error | Stale {
    this.#known.delete(topic);
    const code = "apiCode" in error ? Number(error.apiCode) : undefined;
    const moved = code === undefined ? isDisconnection(error) : STALE.has(code);
    return moved ? new Stale(error) : error;
  }

  #learn(
    topic: string,
    described: ReadonlyMap<string, TopicDescription | Error>,
  ): TopicDescription | Error {
    const found = described.get(topic) ?? new ProtocolError("UNKNOWN_TOPIC_OR_PARTITION");
    if (found instanceof Error) this.#known.delete(topic);
    else this.#known.set(topic, found);
    return found;
  }
}

function logOf(
  told: Told | Error | undefined,
  topic: string,
  index: number,
): Omit<LogReading, keyof Leadership> | Error {
  if (told === undefined || told instanceof Error) throw new TypeError("every leader is asked");
  const at = (offsets: Offsets): bigint | Error =>
    offsets.get(topic)?.get(index) ?? new ProtocolError(UNKNOWN_ERROR);
  const [start, stable, end] = [at(told.start), at(told.stable), at(told.end)];
  if (start instanceof Error) return start;
  if (stable instanceof Error) return stable;
  return end instanceof Error ? end : { start, stable, end };
}

/** What was read does not hold together, and is to be read again. */
class Stale {
  readonly why: Error;

  constructor(why: Error) {
    this.why = why;
  }
}
