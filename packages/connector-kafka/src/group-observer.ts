/** Observers of consumer groups: how far an external engine has committed that it has come. */

import {
  incarnationOf,
  type Observed,
  type ObserveOptions,
  type Observer,
  type ObserverTells,
  type Progress,
  ReceiptError,
} from "@tidemark/connector";
import {
  type Frontier,
  frontier,
  type Incarnation,
  offset,
  type Offset,
  type Partition,
} from "@tidemark/core";

import { type Cluster } from "./cluster.ts";
import { EpochEnds } from "./epoch-ends.ts";
import { type GroupConfig } from "./group-config.ts";
import { type Commit, type GroupReading, type GroupReadings } from "./group-reading.ts";
import { groupReasons } from "./group-reasons.ts";
import { type Holdups } from "./holdups.ts";
import { type LogPlace, placeName, placeOf } from "./log-place.ts";
import { Proofs } from "./proofs.ts";
import { receiptOf } from "./receipt.ts";
import { type LogReading, type TopicReading, type TopicReadings } from "./topic-reading.ts";

/** What an observer is made of. */
export interface GroupObserverParts {
  readonly config: GroupConfig;
  readonly endpoint: string;
  readonly life: string;
  readonly cluster: Cluster;
  readonly topics: TopicReadings;
  readonly groups: GroupReadings;
  readonly holdups: Holdups;
  readonly release: () => Promise<void>;
}

/** A claimed partition, and the furthest that was ever asked for of it. */
interface Asked extends LogPlace {
  readonly furthest: bigint;
}

/** Observes one group on one topic. */
export class GroupObserver implements Observer {
  readonly tells: ObserverTells;
  readonly #parts: GroupObserverParts;
  readonly #proofs: Proofs;
  readonly #ends: EpochEnds;
  /** Claimed partitions, which every reading says something of from then on: a board judges by any of them. */
  readonly #asked = new Map<Partition, Asked>();
  #topicId: string | undefined;

  constructor(parts: GroupObserverParts) {
    this.#parts = parts;
    this.#proofs = new Proofs(parts.cluster, parts.config.isolation);
    this.#ends = new EpochEnds(parts.topics, parts.config.topic);
    this.tells = {
      level: parts.config.level,
      ...(parts.config.start === "earliest" ? {} : { by: "commit" }),
      incarnationFrom: "the cluster's id and the topic's id",
      receipt: `${parts.config.topic}-0-41`,
    };
  }

  async observe({ wanted, signal }: ObserveOptions): Promise<Observed> {
    const { config, groups, holdups } = this.#parts;
    const reading = await groups.of(config.topic, config.group, { signal });
    this.#forgetAnother(reading);
    this.#ask(wanted);
    const ends = await this.#ends.of(this.#asked.values(), reading.partitions);
    await this.#proofs.follow(reading, this.#targets(wanted));
    const standing = this.#standing(reading, ends);
    const sought = { at: standing.frontier, wanted };
    const facts = { reading, holdups, places: this.#asked };
    const reasons = await groupReasons(config, facts, sought);
    return { ...standing, incarnation: this.#incarnation(reading), reasons };
  }

  /** Partitions that hold nothing are left out: what is not there can't be processed. */
  async head({ signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const { topics, config } = this.#parts;
    const reading = await topics.of(config.topic, { signal });
    const ends = [...reading.partitions]
      .filter(([, { start, end }]) => end > start)
      .map(([index, log]): [Partition, Offset] => [
        placeName(index, log.leaderEpoch),
        offset(log.end),
      ]);
    return { incarnation: this.#incarnation(reading), frontier: frontier(ends) };
  }

  async receipt(text: string, { signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const { topics, config } = this.#parts;
    const { partition, written } = receiptOf(text, config.topic);
    const reading = await topics.of(config.topic, { signal });
    const found = reading.partitions.get(partition);
    if (found === undefined) {
      const message = `topic '${config.topic}' has no partition ${partition}; it has 0 to ${reading.partitions.size - 1}`;
      throw new ReceiptError("elsewhere", message);
    }
    if (written >= found.end) {
      const message = `partition ${partition} of topic '${config.topic}' ends at ${found.end}: nothing was written at ${written} yet`;
      throw new ReceiptError("beyond-head", message);
    }
    if (written < found.start) {
      const message = `topic '${config.topic}' has dropped what was written at ${written} of partition ${partition}`;
      throw new ReceiptError("gone", message);
    }
    const at = frontier([[placeName(partition, found.leaderEpoch), offset(written + 1n)]]);
    return { incarnation: this.#incarnation(reading), frontier: at };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.release();
  }

  #incarnation({ clusterId, topicId }: TopicReading): Incarnation {
    const { life, endpoint, config } = this.#parts;
    return incarnationOf(life, "group", endpoint, clusterId, topicId, config.group);
  }

  /** What is remembered is of one topic. */
  #forgetAnother({ topicId }: GroupReading): void {
    if (this.#topicId === topicId) return;
    this.#topicId = topicId;
    this.#proofs.clear();
    this.#asked.clear();
    this.#ends.clear();
  }

  #ask(wanted: Frontier): void {
    for (const [name, target] of wanted.positions) {
      const known = this.#asked.get(name);
      if (known !== undefined && known.furthest >= target) continue;
      const place = known ?? placeOf(name);
      if (place !== undefined) this.#asked.set(name, { ...place, furthest: target });
    }
  }

  /** The furthest target in each partition. */
  #targets(wanted: Frontier): ReadonlyMap<number, bigint> {
    const targets = new Map<number, bigint>();
    for (const [name, target] of wanted.positions) {
      const index = this.#asked.get(name)?.index;
      if (index === undefined) continue;
      const known = targets.get(index) ?? 0n;
      targets.set(index, target > known ? target : known);
    }
    return targets;
  }

  /** Every partition as such, for who looks at progress, and each as it was claimed. */
  #standing(
    reading: GroupReading,
    ends: ReadonlyMap<Partition, bigint | undefined>,
  ): Omit<Observed, "incarnation" | "reasons"> {
    const plain: [Partition, bigint][] = [];
    const reached: [Partition, bigint][] = [];
    const dropped: [Partition, bigint][] = [];
    const expired: [Partition, bigint][] = [];
    const cut = new Map<Partition, Offset>();
    const tell = (name: Partition, { index, epoch, furthest }: Asked): void => {
      const log = reading.partitions.get(index);
      if (log === undefined) return;
      const end = ends.get(name);
      if (ends.has(name) && end === undefined) return;
      if (end !== undefined && end < furthest) cut.set(name, offset(end));
      const from = this.#proofs.reachedBy(reading, index);
      if (from === undefined) {
        // Of what a group never began to read, only what is wholly gone is lost to it.
        expired.push([name, log.start]);
        return;
      }
      const commit = reading.commits.get(index);
      // Nobody commits beyond the end of the log that it reads: this is of another one of the same name.
      if (end === undefined && commit !== undefined && commit.offset > log.end) return;
      const at = this.#proofs.reached(index, from);
      if (isDropped(log, at, reading.later.get(index))) dropped.push([name, log.start]);
      if (epoch === undefined) plain.push([name, at]);
      reached.push([name, end === undefined || isOf(epoch, commit) ? at : least(at, end)]);
    };
    for (const index of reading.partitions.keys()) {
      tell(String(index), { index, epoch: undefined, furthest: 0n });
    }
    for (const [name, place] of this.#asked) tell(name, place);
    return {
      frontier: frontier(reached),
      shown: frontier(plain),
      dropped: frontier(dropped),
      expired: frontier(expired),
      cut,
    };
  }
}

/** Retention came before the group, also by what it has committed since. */
function isDropped({ start }: LogReading, reached: bigint, later: Commit | undefined): boolean {
  return start > reached && start > (later?.offset ?? reached);
}

/** The group came to its commit in the log as it was then, whatever was cut off since. */
function isOf(epoch: number | undefined, commit: Commit | undefined): boolean {
  const leaderEpoch = commit?.leaderEpoch;
  return epoch !== undefined && leaderEpoch !== undefined && leaderEpoch <= epoch;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
