/** Portions: fetched records in pieces of a bounded size, and how far each piece leads. */

import { type FetchedPartition, type Message } from "./fetched.ts";
import { type Reached } from "./line-position.ts";

/** Records that are taken up together. */
export interface Portion {
  readonly messages: readonly Message[];
  /** By partition: where to read on once they are taken. */
  readonly reached: ReadonlyMap<number, Reached>;
}

/** All that was fetched, in portions of at most so many records, cut between records only. */
export function* portionsOf(
  fetched: readonly FetchedPartition[],
  most: number,
): Generator<Portion> {
  let messages: Message[] = [];
  let reached = new Map<number, Reached>();
  for (const { partition, batches } of fetched) {
    for (const batch of batches) {
      const { epoch } = batch;
      let from = 0;
      while (batch.messages.length - from > most - messages.length) {
        const taken = batch.messages.slice(from, from + most - messages.length);
        for (const message of taken) messages.push(message);
        from += taken.length;
        const last = taken.at(-1);
        if (last !== undefined) reached.set(partition, { next: last.offset + 1n, epoch });
        yield { messages, reached };
        messages = [];
        reached = new Map();
      }
      for (const message of batch.messages.slice(from)) messages.push(message);
      reached.set(partition, { next: batch.end, epoch });
    }
  }
  if (reached.size > 0) yield { messages, reached };
}
