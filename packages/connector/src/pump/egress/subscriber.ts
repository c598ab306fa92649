/** A subscriber: one subscription's queue, the stream that empties it, and how far that has come. */

import { type ConnectorId } from "@tidemark/core";
import { type Identifier } from "@tidemark/program";

import { type Clock } from "../../clock.ts";
import { type EgressChunk, type OutputStatus } from "../../running-pipeline.ts";
import { type ViewChange } from "../../value.ts";
import { FaultLog } from "../fault-log.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { type ChunkFormat, ChunkWriter, type EncodedChunk } from "./chunk-writer.ts";

/** What a subscriber is made with. */
export interface SubscriberOptions {
  readonly id: ConnectorId;
  readonly relation: Identifier;
  readonly name: string;
  readonly backpressure: boolean;
  readonly format: ChunkFormat;
  /** All rows as of the step that it begins after, where it asked for them. */
  readonly snapshot: AsyncIterable<readonly ViewChange[]> | undefined;
  readonly afterStep: bigint;
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly keepAliveMs: number;
  /** Called when it has taken something. */
  readonly took: () => void;
  /** Called once, when it takes no more. */
  readonly left: () => void;
}

/** Gets the chunks of its relation and format, and gives them on as its stream is read. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #queue: ChunkQueue;
  readonly #faults: FaultLog;
  #isWoken = Promise.withResolvers<void>();
  #sequence = 0;
  #end: { readonly error: Error | undefined } | undefined;
  #isOpen = true;
  /** The last step that was offered to its end. */
  #seen: bigint;
  /** The step of the chunk that was given and not taken yet. */
  #inHand: bigint | undefined;
  #dropped = 0;
  #records = 0;
  #bytes = 0;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#queue = new ChunkQueue(options.maxBytes);
    this.#faults = new FaultLog(() => options.clock.wallMs());
    this.#seen = options.afterStep;
    if (options.snapshot !== undefined) this.#inHand = options.afterStep + 1n;
  }

  /** `{relation}.{name}`. */
  get endpoint(): string {
    return `${this.#options.relation.name}.${this.#options.name}`;
  }

  get backpressure(): boolean {
    return this.#options.backpressure;
  }

  /** The last step of which nothing remains to be taken. */
  get taken(): bigint {
    const oldest = this.#inHand ?? this.#queue.first?.step;
    return oldest === undefined ? this.#seen : oldest - 1n;
  }

  /** Whether it waits for less than it may, or may lose what is too much. */
  get hasRoom(): boolean {
    return !this.backpressure || this.#queue.hasRoom;
  }

  /** Takes a chunk of a step, or drops it where it does not keep up and may. */
  offer(chunk: EncodedChunk, step: bigint): void {
    if (this.#end !== undefined) return;
    if (this.backpressure || this.#queue.hasRoom) {
      this.#queue.add(chunk, step);
      this.#wake();
      return;
    }
    if (this.#dropped === 0) this.#faults.add("chunks are dropped: the client does not keep up");
    this.#queue.drop();
    this.#dropped += 1;
  }

  /** Takes notice that a step has no more for it. */
  endStep(step: bigint): void {
    this.#seen = step;
  }

  /** Ends the stream after what waits: with the pipeline, or for this error. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Takes no more: the client is gone. */
  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end ??= { error: undefined };
    this.#queue.clear();
    this.#wake();
    this.#options.left();
  }

  /** The stream; to be read once. Who returns from it has left at once, however long nothing comes. */
  chunks(): AsyncIterable<EgressChunk> {
    const chunks = this.#chunks();
    const iterator: AsyncIterator<EgressChunk, void> = {
      next: () => chunks.next(),
      return: () => {
        this.leave();
        return chunks.return();
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  async *#chunks(): AsyncGenerator<EgressChunk, void> {
    try {
      yield* this.#snapshot();
      while (this.#isOpen) {
        const chunk = this.#queue.shift();
        if (chunk !== undefined) {
          this.#sequence += chunk.droppedBefore;
          this.#inHand = chunk.step;
          yield this.#number({ ...chunk, snapshot: false });
          this.#took(chunk);
        } else if (this.#end !== undefined) {
          if (this.#end.error !== undefined) throw this.#end.error;
          return;
        } else if (await this.#isQuiet()) {
          this.#sequence += this.#queue.takeGap();
          yield this.#number({ snapshot: false, step: this.#seen, endOfStep: false });
        }
      }
    } finally {
      this.leave();
    }
  }

  async *#snapshot(): AsyncGenerator<EgressChunk, void> {
    const { snapshot, format, afterStep: step } = this.#options;
    if (snapshot === undefined) return;
    const writer = new ChunkWriter(format);
    for await (const changes of snapshot) {
      for (const chunk of writer.add(changes)) {
        yield this.#number({ ...chunk, snapshot: true, step });
        this.#count(chunk);
      }
    }
    const last = writer.end();
    yield this.#number({ ...(last ?? { endOfStep: true }), snapshot: true, step });
    this.#took(last);
  }

  #number(
    chunk: Omit<EgressChunk, "sequenceNumber" | "data"> & Partial<EncodedChunk>,
  ): EgressChunk {
    const { snapshot, step, endOfStep, data } = chunk;
    const sequenceNumber = this.#sequence;
    this.#sequence += 1;
    return { sequenceNumber, snapshot, step, endOfStep, data };
  }

  #took(chunk: EncodedChunk | undefined): void {
    this.#inHand = undefined;
    if (chunk !== undefined) this.#count(chunk);
    this.#options.took();
  }

  #count({ data, records }: EncodedChunk): void {
    this.#records += records;
    this.#bytes += data.length;
  }

  #wake(): void {
    this.#isWoken.resolve();
  }

  /** Waits for something to give; answers true when nothing came for a while. */
  async #isQuiet(): Promise<boolean> {
    const { clock, keepAliveMs } = this.#options;
    this.#isWoken = Promise.withResolvers<void>();
    const over = new AbortController();
    const quiet = clock.sleep(keepAliveMs, { signal: over.signal }).then(() => true);
    const woken = this.#isWoken.promise.then(() => false);
    const isQuiet = await Promise.race([woken, quiet]);
    // A sleep that is cut short rejects.
    quiet.catch(() => undefined);
    over.abort();
    return isQuiet;
  }

  /** What the contract's stats show of outputs. */
  status(): OutputStatus {
    const { id, relation, name } = this.#options;
    return {
      id,
      view: relation,
      name,
      endpoint: this.endpoint,
      declaration: undefined,
      fatalError: undefined,
      trouble:
        this.#dropped === 0
          ? undefined
          : `the client does not keep up: ${this.#dropped} chunks were dropped`,
      paused: false,
      deadLetters: 0,
      takenStep: this.taken,
      transmittedRecords: this.#records,
      transmittedBytes: this.#bytes,
      queuedRecords: this.#queue.records,
      queuedBatches: this.#queue.length,
      bufferedRecords: 0,
      bufferedBatches: 0,
      encodeErrorCount: 0,
      encodeErrors: [],
      transportErrorCount: this.#dropped,
      transportErrors: this.#faults.latest,
    };
  }
}
