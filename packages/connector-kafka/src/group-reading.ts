/** Group readings: the topics and groups that are asked about, all by one round of requests. */

import { NextReading } from "@tidemark/connector";
import { type Admin, FetchIsolationLevels } from "@platformatic/kafka";

/** What `ListOffsets` takes in place of a time. */
const END = -1n;
const START = -2n;

/** A partition at one moment. */
export interface PartitionReading {
  /** The next offset that the group has committed; absent where it never committed one. */
  readonly committed: bigint | undefined;
  /** The first offset that the log still holds. */
  readonly start: bigint;
  /** The high watermark: the end of what is replicated. */
  readonly end: bigint;
  /** The last stable offset: the end of what is decided, below which no transaction is open. */
  readonly stable: bigint;
  /** Grows with every election of a leader. */
  readonly leaderEpoch: number;
  readonly leader: number;
}

/** A topic, and what one group has committed of it, at one moment. */
export interface GroupReading {
  readonly topicId: string;
  readonly clusterId: string;
  readonly partitions: ReadonlyMap<number, PartitionReading>;
  /** The group's state in Kafka's words, such as `Stable` or `Empty`. */
  readonly state: string;
  readonly members: number;
  /** Some commit is part of a transaction that is still open. */
  readonly unstable: boolean;
  /** Where a broker listens, by its id. */
  readonly brokers: ReadonlyMap<number, { readonly host: string; readonly port: number }>;
}

/** What is asked about. */
interface Subject {
  readonly topic: string;
  readonly group: string;
}

type Outcome = GroupReading | Error;
type Offsets = ReadonlyMap<string, ReadonlyMap<number, { offset: bigint; leaderEpoch: number }>>;

/** Reads topics and groups of one cluster for everybody who asks. */
export class GroupReadings implements AsyncDisposable {
  readonly #admin: Admin;
  readonly #next: NextReading<string, ReadonlyMap<string, Outcome>>;
  #rounds = 0;

  constructor(admin: Admin) {
    this.#admin = admin;
    this.#next = new NextReading((keys) => this.#read([...keys].map(subjectOf)));
  }

  /** How many rounds of requests there have been. */
  get rounds(): number {
    return this.#rounds;
  }

  /** The topic and the group's commits, by a reading that begins after the call. */
  async of(
    topic: string,
    group: string,
    options: { readonly signal: AbortSignal },
  ): Promise<GroupReading> {
    const key = keyOf({ topic, group });
    const outcome = (await this.#next.ask(key, options)).get(key);
    if (outcome === undefined) throw new TypeError("a reading answers what it was asked about");
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.close();
  }

  async #read(subjects: readonly Subject[]): Promise<ReadonlyMap<string, Outcome>> {
    this.#rounds += 1;
    try {
      return await this.#readTogether(subjects);
    } catch (error) {
      if (subjects.length === 1) throw error;
    }
    // One of them may be at fault, such as a topic that is gone; the others are read all the same.
    const outcomes = new Map<string, Outcome>();
    for (const subject of subjects) {
      const alone = await this.#readTogether([subject]).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      );
      const key = keyOf(subject);
      outcomes.set(key, alone instanceof Error ? alone : (alone.get(key) ?? new Error("not read")));
    }
    return outcomes;
  }

  /**
   * Commits are read before the ends of the logs, and topics are told apart before and after: what
   * is answered belongs to one topic, and nothing is committed in it that its log does not reach.
   */
  async #readTogether(subjects: readonly Subject[]): Promise<ReadonlyMap<string, Outcome>> {
    const topics = [...new Set(subjects.map(({ topic }) => topic))];
    const before = await this.#admin.metadata({ topics, forceUpdate: true });
    const { committed, unstable } = await this.#committed(subjects);
    const groups = await this.#admin.describeGroups({
      groups: [...new Set(subjects.map(({ group }) => group))],
    });
    const asked = topics.map((name) => ({
      name,
      count: before.topics.get(name)?.partitions.length ?? 0,
    }));
    const [start, stable, end] = await Promise.all([
      this.#offsets(asked, START, FetchIsolationLevels.READ_UNCOMMITTED),
      this.#offsets(asked, END, FetchIsolationLevels.READ_COMMITTED),
      this.#offsets(asked, END, FetchIsolationLevels.READ_UNCOMMITTED),
    ]);
    const after = await this.#admin.metadata({ topics, forceUpdate: true });
    const readingOf = ({ topic, group }: Subject): Outcome => {
      const metadata = before.topics.get(topic);
      if (metadata === undefined || metadata.partitions.length === 0) {
        return new Error(`topic '${topic}' has no partitions that can be seen`);
      }
      if (after.topics.get(topic)?.id !== metadata.id) {
        return new Error(`topic '${topic}' was replaced while it was read`);
      }
      const partitions = new Map<number, PartitionReading>();
      for (const [index, { leader }] of metadata.partitions.entries()) {
        const at = (offsets: Offsets): { offset: bigint; leaderEpoch: number } => {
          const found = offsets.get(topic)?.get(index);
          if (found !== undefined) return found;
          throw new Error(`nothing was told of partition ${index} of topic '${topic}'`);
        };
        partitions.set(index, {
          committed: committed.get(keyOf({ topic, group }))?.get(index),
          start: at(start).offset,
          stable: at(stable).offset,
          end: at(end).offset,
          leaderEpoch: at(end).leaderEpoch,
          leader,
        });
      }
      const described = groups.get(group);
      return {
        topicId: metadata.id,
        clusterId: before.id,
        partitions,
        state: described?.state ?? "Dead",
        members: described?.members.size ?? 0,
        unstable: unstable.has(group),
        brokers: before.brokers,
      };
    };
    return new Map(subjects.map((subject) => [keyOf(subject), readingOf(subject)]));
  }

  /** Stable commits of all groups at once; of a group with one that isn't, what it held before. */
  async #committed(subjects: readonly Subject[]): Promise<{
    readonly committed: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
    readonly unstable: ReadonlySet<string>;
  }> {
    const groups = [...new Set(subjects.map(({ group }) => group))];
    const unstable = new Set<string>();
    let listed;
    try {
      listed = await this.#admin.listConsumerGroupOffsets({ groups, requireStable: true });
    } catch (error) {
      if (!isUnstable(error)) throw error;
      for (const group of groups) unstable.add(group);
      listed = await this.#admin.listConsumerGroupOffsets({ groups, requireStable: false });
    }
    const committed = new Map<string, ReadonlyMap<number, bigint>>();
    for (const { groupId, topics } of listed) {
      for (const { name, partitions } of topics) {
        const offsets = partitions
          .filter(({ committedOffset }) => committedOffset >= 0n)
          .map((each): [number, bigint] => [each.partitionIndex, each.committedOffset]);
        committed.set(keyOf({ topic: name, group: groupId }), new Map(offsets));
      }
    }
    return { committed, unstable };
  }

  async #offsets(
    topics: readonly { readonly name: string; readonly count: number }[],
    timestamp: bigint,
    isolationLevel: 0 | 1,
  ): Promise<Offsets> {
    const listed = await this.#admin.listOffsets({
      topics: topics.map(({ name, count }) => ({
        name,
        partitions: Array.from({ length: count }, (_, partitionIndex) => ({
          partitionIndex,
          timestamp,
        })),
      })),
      isolationLevel,
    });
    return new Map(
      listed.map(({ name, partitions }) => [
        name,
        new Map(partitions.map((each) => [each.partitionIndex, each])),
      ]),
    );
  }
}

function keyOf({ topic, group }: Subject): string {
  return JSON.stringify([topic, group]);
}

function subjectOf(key: string): Subject {
  const [topic, group]: unknown[] = JSON.parse(key);
  return { topic: String(topic), group: String(group) };
}

/** `UNSTABLE_OFFSET_COMMIT`, however deep the library has wrapped it. */
function isUnstable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("apiCode" in error && error.apiCode === 88) return true;
  const inner = "errors" in error && Array.isArray(error.errors) ? error.errors : [];
  return inner.some(isUnstable) || isUnstable(error.cause);
}
