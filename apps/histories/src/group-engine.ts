/** An engine that is not ours: a program that reads a topic, processes, and then commits to its group. */

import { type KafkaCluster } from "@tidemark/systems";

import { type Isolation, KafkaLog } from "./kafka-log.ts";
import { idOf, type TopicLife } from "./topic-life.ts";

/** How the engine commits: the next offset to read, or the one behind the last record it was given. */
export type CommitStyle = "position" | "record";

/** What an engine is made of. */
export interface GroupEngineParts {
  readonly kafka: KafkaCluster;
  readonly topic: TopicLife;
  readonly group: string;
  readonly isolation: Isolation;
  readonly style: CommitStyle;
}

/** How far one run of the engine goes. */
export interface Run {
  /** At most so many records of each partition. */
  readonly records: number;
  /** Dies after it has processed, before it commits. */
  readonly crashes: boolean;
}

/** Commits only what it has processed; its ledger is what the oracle believes. */
export class GroupEngine {
  readonly group: string;
  readonly isolation: Isolation;
  readonly #parts: GroupEngineParts;
  /** The ids that it has processed, or passed over because they were gone; with their places. */
  readonly #ledger = new Map<string, { readonly partition: number; readonly offset: bigint }>();

  constructor(parts: GroupEngineParts) {
    this.group = parts.group;
    this.isolation = parts.isolation;
    this.#parts = parts;
  }

  /** True once the engine has dealt with a write. */
  has(id: string): boolean {
    return this.#ledger.has(id);
  }

  /** Takes note that progress was moved back to an offset: what lies behind is to be processed again. */
  forget(partition: number, from: bigint): void {
    for (const [id, at] of this.#ledger) {
      if (at.partition === partition && at.offset >= from) this.#ledger.delete(id);
    }
  }

  /** Takes note that all progress is gone. */
  forgetAll(): void {
    this.#ledger.clear();
  }

  /** Starts where the group has committed, goes on for a while, and ends. Answers whether it got anywhere. */
  async run({ records, crashes }: Run): Promise<boolean> {
    const { kafka, topic, group } = this.#parts;
    await using log = new KafkaLog(kafka);
    const committed = await kafka.operator.groupOffsets(group, topic.name);
    const commits = new Map<number, bigint>();
    for (let partition = 0; partition < topic.partitions; partition += 1) {
      // Kafka says -1 where nothing was committed.
      const from = committed.get(partition) ?? -1n;
      const done = await this.#readOn(log, { partition, from, records });
      if (done > from) commits.set(partition, done);
    }
    if (crashes || commits.size === 0) return false;
    await kafka.operator.commitGroup(group, topic.name, commits);
    return true;
  }

  /** Processes records of one partition; answers what is to be committed. */
  async #readOn(
    log: KafkaLog,
    { partition, from, records }: { partition: number; from: bigint; records: number },
  ): Promise<bigint> {
    const { topic, style } = this.#parts;
    let at = from < 0n ? await this.#earliest(partition) : from;
    let done = from;
    for (let left = records; left > 0;) {
      const found = await log.read({ topicId: topic.id, partition }, at, this.isolation);
      if (found === undefined) {
        at = await this.#earliest(partition);
        done = at;
        continue;
      }
      if (found.next === at) break;
      const given = found.records.slice(0, left);
      for (const { offset, value } of given) this.#ledger.set(idOf(value), { partition, offset });
      left -= given.length;
      const behind = (given.at(-1)?.offset ?? at - 1n) + 1n;
      at = given.length < found.records.length ? behind : found.next;
      if (style === "position") done = at;
      else if (given.length > 0) done = behind;
    }
    return done;
  }

  /** Consumers leave out what was aborted; the log itself still holds it. */
  isGiven(id: string): boolean {
    const { topic, isolation } = this.#parts;
    return isolation === "read_uncommitted" || !topic.isAborted(id);
  }

  /** Where a consumer begins that has no place to go on from; what was deleted before is behind it then. */
  async #earliest(partition: number): Promise<bigint> {
    const { kafka, topic } = this.#parts;
    const start = await kafka.operator.start(topic.name, partition);
    for (const { id, offset } of topic.gone(partition)) {
      if (offset < start && !this.has(id)) this.#ledger.set(id, { partition, offset });
    }
    return start;
  }
}
