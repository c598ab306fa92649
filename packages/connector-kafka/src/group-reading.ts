/** Group readings: what groups have committed, and the logs that it is of, by one round of requests. */

import { NextReading } from "@tidemark/connector";
import { offsetFetchV8, ProtocolError } from "@platformatic/kafka";

import { ask, type Broker, type Cluster, isDisconnection } from "./cluster.ts";
import { type TopicReading, type TopicReadings } from "./topic-reading.ts";

const UNSTABLE = 88;
const NO_EPOCH = -1;
/** The coordinator moved, or does not know yet: another broker, or the same one in a moment, does. */
const STALE: ReadonlySet<number> = new Set([14, 15, 16]);
const ATTEMPTS = 3;

/** The next offset that a group has committed, and the leader epoch of the record before it. */
export interface Commit {
  readonly offset: bigint;
  /** Absent where the client committed none. */
  readonly leaderEpoch: number | undefined;
}

/** A topic, and what one group has committed of it, at one moment. */
export interface GroupReading extends TopicReading {
  /** By partition; absent where the group never committed. */
  readonly commits: ReadonlyMap<number, Commit>;
  /** The same, read once more after the logs, where a log begins behind a commit. */
  readonly later: ReadonlyMap<number, Commit>;
  /** Some commit is part of a transaction that is still open. */
  readonly unstable: boolean;
}

/** What is asked about. */
interface Subject {
  readonly topic: string;
  readonly group: string;
}

interface Committed {
  readonly commits: ReadonlyMap<number, Commit>;
  readonly unstable: boolean;
}

type Wanted = ReadonlyMap<string, readonly { name: string; partitionIndexes: number[] }[]>;
type Outcome = GroupReading | Error;

/** Reads groups of one cluster for everybody who asks. */
export class GroupReadings {
  readonly #cluster: Cluster;
  readonly #topics: TopicReadings;
  readonly #next: NextReading<string, ReadonlyMap<string, Outcome>>;

  constructor(cluster: Cluster, topics: TopicReadings) {
    this.#cluster = cluster;
    this.#topics = topics;
    this.#next = new NextReading((keys) => this.#read([...keys].map(subjectOf)));
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

  /** A topic that is replaced while it is read is read again. */
  async #read(subjects: readonly Subject[]): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    let left = subjects;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const again: Subject[] = [];
      for (const [subject, outcome] of await this.#readOnce(left)) {
        if (outcome !== "replaced") outcomes.set(keyOf(subject), outcome);
        else if (attempt < ATTEMPTS) again.push(subject);
        else
          outcomes.set(
            keyOf(subject),
            new Error(`topic '${subject.topic}' was replaced while it was read`),
          );
      }
      left = again;
    }
    return outcomes;
  }

  /**
   * Commits are read before the logs that they are of, and each topic is the same before and after:
   * what is answered belongs to one topic. What retention dropped before a group came to it is told
   * by commits that are read after the log's start, so that no commit in between is overlooked.
   */
  async #readOnce(
    subjects: readonly Subject[],
  ): Promise<readonly (readonly [Subject, Outcome | "replaced"])[]> {
    const topics = [...new Set(subjects.map(({ topic }) => topic))];
    const before = await this.#topics.known(topics);
    const wanted = this.#wanted(subjects, before);
    const committed = await this.#committed(wanted);
    // No signal of one's own: who asks and gives up leaves the others their reading.
    const { signal } = new AbortController();
    const logs = await Promise.all(
      topics.map((topic) => this.#topics.of(topic, { signal }).catch(asError)),
    );
    const read = subjects.map((subject): [Subject, Reading | Error | "replaced"] => {
      const described = before.get(subject.topic);
      const log = logs[topics.indexOf(subject.topic)] ?? new ProtocolError("UNKNOWN_SERVER_ERROR");
      const its = committed.get(subject.group)?.get(subject.topic);
      const group = committed.get(subject.group)?.get("");
      if (log instanceof Error) return [subject, log];
      if (described === undefined || described instanceof Error) return [subject, "replaced"];
      if (log.topicId !== described.topicId) return [subject, "replaced"];
      const of = its ?? group ?? { commits: new Map(), unstable: false };
      return [subject, of instanceof Error ? of : { log, ...of }];
    });
    const behind = read.flatMap(([subject, one]) =>
      typeof one === "object" && "log" in one && isBehind(one) ? [subject] : [],
    );
    const later =
      behind.length === 0 ? committed : await this.#committed(this.#wanted(behind, before));
    return read.map(([subject, one]) => {
      if (one === "replaced" || one instanceof Error) return [subject, one];
      const again = later.get(subject.group)?.get(subject.topic);
      if (again instanceof Error) return [subject, again];
      const { log, commits, unstable } = one;
      return [subject, { ...log, commits, unstable, later: again?.commits ?? commits }];
    });
  }

  #wanted(
    subjects: readonly Subject[],
    described: Awaited<ReturnType<TopicReadings["known"]>>,
  ): Wanted {
    const wanted = new Map<string, { name: string; partitionIndexes: number[] }[]>();
    for (const { topic, group } of subjects) {
      const found = described.get(topic);
      if (found === undefined || found instanceof Error) continue;
      const topics = wanted.get(group) ?? [];
      topics.push({ name: topic, partitionIndexes: [...found.partitions.keys()] });
      wanted.set(group, topics);
    }
    return wanted;
  }

  /** What all groups have committed, by topic; under no name what went wrong with the whole group. */
  async #committed(
    wanted: Wanted,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, Committed | Error>>> {
    const found = new Map<string, ReadonlyMap<string, Committed | Error>>();
    let left = [...wanted.keys()];
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const { by, failed } = await this.#cluster.coordinated(left);
      const again: string[] = [];
      const take = (group: string, topics: ReadonlyMap<string, Committed | Error>): void => {
        const stale = [...topics.values()].some(isStale);
        if (stale && attempt < ATTEMPTS) again.push(group);
        else found.set(group, topics);
      };
      for (const [group, error] of failed) take(group, new Map([["", error]]));
      await Promise.all(
        by.map(async ({ broker, groups }) => {
          for (const each of await this.#fetched(broker, groups, wanted)) take(...each);
        }),
      );
      this.#cluster.forget(again);
      left = again;
    }
    return found;
  }

  /** One coordinator's groups. Of a group with a commit that isn't stable, what it held before. */
  async #fetched(
    broker: Broker,
    groups: readonly string[],
    wanted: Wanted,
  ): Promise<readonly (readonly [string, ReadonlyMap<string, Committed | Error>])[]> {
    const fetched = new Map<string, Answered>();
    const fetch = async (some: readonly string[], requireStable: boolean): Promise<void> => {
      const asked = some.map((groupId) => ({
        groupId,
        memberId: null,
        memberEpoch: -1,
        topics: [...(wanted.get(groupId) ?? [])],
      }));
      const answer = await this.#cluster.at(broker, (connection) =>
        ask(offsetFetchV8.api, connection, asked, requireStable),
      );
      for (const one of answer.groups) fetched.set(one.groupId, one);
    };
    try {
      await fetch(groups, true);
      const unstable = groups.filter((group) => isUnstable(fetched.get(group)));
      if (unstable.length > 0) await fetch(unstable, false);
      return groups.map((group) => [
        group,
        topicsOf(fetched.get(group), { unstable: unstable.includes(group) }),
      ]);
    } catch (error) {
      this.#cluster.forget(groups);
      const failed = new Map([["", asError(error)]]);
      return groups.map((group) => [group, failed]);
    }
  }
}

interface Reading extends Committed {
  readonly log: TopicReading;
}
type Answered = Awaited<ReturnType<typeof offsetFetchV8.api.async>>["groups"][number];

function topicsOf(
  answered: Answered | undefined,
  { unstable }: { readonly unstable: boolean },
): ReadonlyMap<string, Committed | Error> {
  if (answered === undefined) return new Map([["", new ProtocolError("UNKNOWN_SERVER_ERROR")]]);
  if (answered.errorCode !== 0) return new Map([["", new ProtocolError(answered.errorCode)]]);
  return new Map(
    answered.topics.map(({ name, partitions }): [string, Committed | Error] => {
      const failed = partitions.find(({ errorCode }) => errorCode !== 0);
      if (failed !== undefined) return [name, new ProtocolError(failed.errorCode)];
      const commits = partitions
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .map(({ partitionIndex, committedOffset, committedLeaderEpoch }): [number, Commit] => [
          partitionIndex,
          {
            offset: committedOffset,
            leaderEpoch: committedLeaderEpoch === NO_EPOCH ? undefined : committedLeaderEpoch,
          },
        ]);
      return [name, { commits: new Map(commits), unstable }];
    }),
  );
}

function isUnstable(answered: Answered | undefined): boolean {
  return (
    answered?.topics.some(({ partitions }) =>
      partitions.some(({ errorCode }) => errorCode === UNSTABLE),
    ) === true
  );
}

function isStale(one: Committed | Error): boolean {
  if (!(one instanceof Error)) return false;
  return isDisconnection(one) || ("apiCode" in one && STALE.has(Number(one.apiCode)));
}

/** True where a log begins behind what the group has committed of it. */
function isBehind({ log, commits }: Reading): boolean {
  return [...commits].some(([index, { offset }]) => {
    const start = log.partitions.get(index)?.start;
    return start !== undefined && start > offset;
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function keyOf({ topic, group }: Subject): string {
  return JSON.stringify([topic, group]);
}

function subjectOf(key: string): Subject {
  const [topic, group]: unknown[] = JSON.parse(key);
  return { topic: String(topic), group: String(group) };
}
