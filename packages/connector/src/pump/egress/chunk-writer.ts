/** A chunk writer: cuts changes into chunks of so many records and encodes each once. */

import { type Encoder } from "../../format.ts";
import { type ViewChange } from "../../value.ts";

/** Encoded changes of one step. */
export interface EncodedChunk {
  readonly data: Uint8Array;
  readonly records: number;
  /** Whether no more of the step follows. */
  readonly endOfStep: boolean;
}

/** What a chunk writer is made with. */
export interface ChunkFormat {
  readonly encoder: Encoder;
  /** The most records in one chunk. */
  readonly chunkRecords: number;
}

/** Takes one step's changes after the other; what an encoder throws is thrown on. */
export class ChunkWriter {
  readonly #format: ChunkFormat;
  #held: ViewChange[] = [];

  constructor(format: ChunkFormat) {
    this.#format = format;
  }

  /** Takes changes; answers the chunks that are full and not the step's last. */
  add(changes: readonly ViewChange[]): readonly EncodedChunk[] {
    const chunks: EncodedChunk[] = [];
    for (const change of changes) {
      if (this.#held.length >= this.#format.chunkRecords) chunks.push(this.#cut(false));
      this.#held.push(change);
    }
    return chunks;
  }

  /** Ends the step; answers its last chunk, where it has one. */
  end(): EncodedChunk | undefined {
    return this.#held.length > 0 ? this.#cut(true) : undefined;
  }

  #cut(endOfStep: boolean): EncodedChunk {
    const held = this.#held;
    this.#held = [];
    return { data: this.#format.encoder.encode(held), records: held.length, endOfStep };
  }
}
