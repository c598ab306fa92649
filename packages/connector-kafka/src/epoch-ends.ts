/** Epoch ends: how much of what an earlier leader had written is still there under the present one. */

import { type Partition } from "@tidemark/core";

import { type LogPlace, placeName } from "./log-place.ts";
import { type EpochOfPartition, type LogReading, type TopicReadings } from "./topic-reading.ts";

interface Kept {
  readonly ledUnder: number;
  readonly end: bigint;
}

/** Asks once per earlier epoch and election. */
export class EpochEnds {
  readonly #topics: TopicReadings;
  readonly #topic: string;
  readonly #kept = new Map<Partition, Kept>();

  constructor(topics: TopicReadings, topic: string) {
    this.#topics = topics;
    this.#topic = topic;
  }

  /**
   * Where the epochs of places end, of those that were led under another since: what was written
   * under them is still there below that. Undefined where a broker answered that has not heard of the
   * epoch yet, so that it can't be said.
   */
  async of(
    places: Iterable<LogPlace>,
    partitions: ReadonlyMap<number, LogReading>,
  ): Promise<ReadonlyMap<Partition, bigint | undefined>> {
    const ends = new Map<Partition, bigint | undefined>();
    const missing: EpochOfPartition[] = [];
    for (const { index, epoch } of places) {
      const now = partitions.get(index)?.leaderEpoch;
      if (now === undefined || epoch === undefined || epoch === now) continue;
      const name = placeName(index, epoch);
      const kept = this.#kept.get(name);
      if (epoch > now) ends.set(name, undefined);
      else if (kept?.ledUnder === now) ends.set(name, kept.end);
      else missing.push({ index, epoch });
    }
    if (missing.length === 0) return ends;
    for (const { index, epoch, end } of await this.#topics.endsOfEpochs(this.#topic, missing)) {
      ends.set(placeName(index, epoch), end);
      const ledUnder = partitions.get(index)?.leaderEpoch;
      if (ledUnder === undefined || end === undefined) continue;
      this.#kept.set(placeName(index, epoch), { ledUnder, end });
    }
    return ends;
  }

  /** Forgets all: the topic is another one. */
  clear(): void {
    this.#kept.clear();
  }
}
