/** A chunk queue: what waits for one subscriber, and what was dropped because it did not keep up. */

import { type EncodedChunk } from "./chunk-writer.ts";

/** A chunk that waits. */
export interface QueuedChunk extends EncodedChunk {
  readonly step: bigint;
  /** How many chunks were dropped right before it. */
  readonly droppedBefore: number;
}

/** First in, first out, within a bound of bytes where chunks may be dropped. */
export class ChunkQueue {
  readonly #maxBytes: number;
  #chunks: QueuedChunk[] = [];
  #bytes = 0;
  #records = 0;
  #gap = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#chunks.length;
  }

  /** The oldest chunk. */
  get first(): QueuedChunk | undefined {
    return this.#chunks[0];
  }

  get records(): number {
    return this.#records;
  }

  /** Whether another chunk fits; an empty queue takes one of any size. */
  get hasRoom(): boolean {
    return this.#chunks.length === 0 || this.#bytes < this.#maxBytes;
  }

  /** Adds a chunk, whether there is room or not. */
  add(chunk: EncodedChunk, step: bigint): void {
    this.#chunks.push({ ...chunk, step, droppedBefore: this.takeGap() });
    this.#bytes += chunk.data.length;
    this.#records += chunk.records;
  }

  /** Leaves a chunk out: the next one's number will show it. */
  drop(): void {
    this.#gap += 1;
  }

  /** How many were dropped since the last chunk; counted once. */
  takeGap(): number {
    const gap = this.#gap;
    this.#gap = 0;
    return gap;
  }

  /** Takes the oldest chunk. */
  shift(): QueuedChunk | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bytes -= chunk.data.length;
      this.#records -= chunk.records;
    }
    return chunk;
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#records = 0;
  }
}
