/** A channel: one relation that somebody subscribes to, computed once a step and encoded once a format. */

import { type Following } from "../../engine.ts";
import { SubscriptionError } from "../../running-pipeline.ts";
import { ChunkWriter, type ChunkFormat, type EncodedChunk } from "./chunk-writer.ts";
import { type Subscriber } from "./subscriber.ts";

/** One way of writing the relation's changes, and who wants it. */
interface Encoding {
  readonly writer: ChunkWriter;
  readonly subscribers: Set<Subscriber>;
}

/** Gives every step's changes of a relation to its subscribers. */
export class Channel implements AsyncDisposable {
  readonly #following: Following;
  /** By the canonical text of the format. */
  readonly #encodings = new Map<string, Encoding>();

  constructor(following: Following) {
    this.#following = following;
  }

  get isEmpty(): boolean {
    return this.#encodings.size === 0;
  }

  /** Adds a subscriber; one of the same format text gets the same bytes. */
  add(subscriber: Subscriber, key: string, format: ChunkFormat): void {
    let encoding = this.#encodings.get(key);
    if (encoding === undefined) {
      encoding = { writer: new ChunkWriter(format), subscribers: new Set() };
      this.#encodings.set(key, encoding);
    }
    encoding.subscribers.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    for (const [key, { subscribers }] of this.#encodings) {
      subscribers.delete(subscriber);
      if (subscribers.size === 0) this.#encodings.delete(key);
    }
  }

  /** Gives on what the last commit changed; subscribers that can't have it are ended with the reason. */
  async deliver(step: bigint): Promise<void> {
    try {
      for await (const changes of this.#following.changes()) {
        this.#each(step, ({ writer }) => writer.add(changes));
      }
      this.#each(step, ({ writer }) => {
        const last = writer.end();
        return last === undefined ? [] : [last];
      });
    } catch (fault) {
      for (const encoding of this.#encodings.values()) fail(encoding, fault);
    }
    for (const { subscribers } of this.#encodings.values()) {
      for (const subscriber of subscribers) subscriber.endStep(step);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#following[Symbol.asyncDispose]();
  }

  #each(step: bigint, write: (encoding: Encoding) => readonly EncodedChunk[]): void {
    for (const encoding of this.#encodings.values()) {
      try {
        for (const chunk of write(encoding)) {
          for (const subscriber of encoding.subscribers) subscriber.offer(chunk, step);
        }
      } catch (fault) {
        fail(encoding, fault);
      }
    }
  }
}

function fail({ subscribers }: Encoding, cause: unknown): void {
  const message = cause instanceof Error ? cause.message : String(cause);
  for (const subscriber of subscribers) subscriber.end(new SubscriptionError(message, { cause }));
}
