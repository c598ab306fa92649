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
  offsetAt,
  type Partition,
} from "@tidemark/core";
import { type ConnectionPool } from "@platformatic/kafka";

import { type GroupConfig } from "./group-config.ts";
import { type GroupReading, type GroupReadings, type PartitionReading } from "./group-reading.ts";
import { groupReasons } from "./group-reasons.ts";
import { readableFrom } from "./readable.ts";
import { receiptOf } from "./receipt.ts";

/** What an observer is made of. */
export interface GroupObserverParts {
  readonly config: GroupConfig;
  readonly endpoint: string;
  readonly life: string;
  readonly readings: GroupReadings;
  readonly connections: ConnectionPool;
  readonly release: () => Promise<void>;
}

/** What was proven of a partition: that nothing readable lies between a commit and an offset. */
interface Proof {
  readonly committed: bigint;
  readonly until: bigint;
  /** A record lies there: only a commit leads beyond it. */
  readonly found: boolean;
}

/** What is remembered of a partition's log, to notice that it was cut back. */
interface Seen {
  readonly topicId: string;
  readonly end: bigint;
  readonly leaderEpoch: number;
}

/** Observes one group on one topic. */
export class GroupObserver implements Observer {
  readonly tells: ObserverTells;
  readonly #parts: GroupObserverParts;
  readonly #proofs = new Map<number, Proof>();
  readonly #seen = new Map<number, Seen>();
  readonly #cut = new Map<Partition, Offset>();

  constructor(parts: GroupObserverParts) {
    this.#parts = parts;
    this.tells = {
      level: parts.config.level,
      incarnationFrom: "the cluster's id and the topic's id",
      receipt: `${parts.config.topic}-0-41`,
    };
  }

  async observe({ wanted, signal }: ObserveOptions): Promise<Observed> {
    const reading = await this.#read(signal);
    const dropped: [Partition, bigint][] = [];
    const expired: [Partition, bigint][] = [];
    const reached: [Partition, bigint][] = [];
    for (const [index, partition] of reading.partitions) {
      const name = String(index);
      const target = offsetAt(wanted, name);
      const { committed } = partition;
      if (committed === undefined) {
        // What a group that never committed begins with is its own business: only what is wholly gone is.
        expired.push([name, partition.start]);
        continue;
      }
      if (partition.start > committed) dropped.push([name, partition.start]);
      reached.push([name, await this.#reached(index, partition, { target, reading, committed })]);
    }
    const at = frontier(reached);
    return {
      incarnation: this.#incarnation(reading),
      frontier: at,
      dropped: frontier(dropped),
      expired: frontier(expired),
      cut: new Map(this.#cut),
      reasons: groupReasons(this.#parts.config, reading, { at, wanted }),
    };
  }

  /** Partitions that hold nothing are left out: what is not there can't be processed. */
  async head({ signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const reading = await this.#read(signal);
    const ends = [...reading.partitions].filter(([, { start, end }]) => end > start);
    return { incarnation: this.#incarnation(reading), frontier: frontierOf(ends) };
  }

  async receipt(text: string, { signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const { topic } = this.#parts.config;
    const { partition, written } = receiptOf(text, topic);
    const reading = await this.#read(signal);
    const found = reading.partitions.get(partition);
    if (found === undefined) {
      const message = `topic '${topic}' has no partition ${partition}; it has 0 to ${reading.partitions.size - 1}`;
      throw new ReceiptError("elsewhere", message);
    }
    if (written >= found.end) {
      const message = `partition ${partition} of topic '${topic}' ends at ${found.end}: nothing was written at ${written} yet`;
      throw new ReceiptError("beyond-head", message);
    }
    if (written < found.start) {
      const message = `topic '${topic}' has dropped what was written at ${written} of partition ${partition}`;
      throw new ReceiptError("gone", message);
    }
    const at = frontier([[String(partition), offset(written + 1n)]]);
    return { incarnation: this.#incarnation(reading), frontier: at };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.release();
  }

  #incarnation({ clusterId, topicId }: GroupReading): Incarnation {
    const { life, endpoint, config } = this.#parts;
    return incarnationOf(life, "group", endpoint, clusterId, topicId, config.group);
  }

  async #read(signal: AbortSignal): Promise<GroupReading> {
    const { readings, config } = this.#parts;
    const reading = await readings.of(config.topic, config.group, { signal });
    for (const [index, partition] of reading.partitions) this.#notice(index, partition, reading);
    return reading;
  }

  /** A log that ends earlier under a new leader was cut back; under the same one the answer is stale. */
  #notice(index: number, { end, leaderEpoch }: PartitionReading, { topicId }: GroupReading): void {
    const seen = this.#seen.get(index);
    const name = String(index);
    if (seen?.topicId !== topicId) {
      this.#cut.delete(name);
      this.#proofs.delete(index);
    } else if (end < seen.end) {
      if (leaderEpoch <= seen.leaderEpoch) {
        throw new Error(
          `partition ${index} of topic '${this.#parts.config.topic}' was answered for by a broker that lags`,
        );
      }
      const before = this.#cut.get(name);
      this.#cut.set(name, offset(before === undefined || end < before ? end : before));
      this.#proofs.delete(index);
    }
    this.#seen.set(index, { topicId, end, leaderEpoch });
  }

  /** The group's commit, or the offset up to which nothing readable follows it. */
  async #reached(
    index: number,
    { start, stable, end, leader }: PartitionReading,
    on: { readonly target: bigint; readonly reading: GroupReading; readonly committed: bigint },
  ): Promise<bigint> {
    const { target, reading, committed } = on;
    const { isolation } = this.#parts.config;
    const limit = isolation === "read_committed" ? stable : end;
    if (target <= committed || limit <= committed || start > committed) return committed;
    const known = this.#proofs.get(index);
    const proof: Proof =
      known?.committed === committed ? known : { committed, until: committed, found: false };
    if (proof.found || proof.until >= target || proof.until >= limit)
      return least(proof.until, target);
    const broker = reading.brokers.get(leader);
    if (broker === undefined) return committed;
    const { topicId } = reading;
    const place = { broker, topicId, partition: index };
    const look = { from: proof.until, isolation };
    const { until, found } = await readableFrom(this.#parts.connections, place, look);
    const proven = least(until, limit);
    this.#proofs.set(index, { committed, until: proven, found: found && until <= limit });
    return least(proven, target);
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function frontierOf(partitions: readonly (readonly [number, PartitionReading])[]): Frontier {
  return frontier(partitions.map(([index, { end }]) => [String(index), offset(end)]));
}
