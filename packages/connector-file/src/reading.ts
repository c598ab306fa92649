/** A reading: one incarnation's bytes through one decoder. */

import {
  type Batch,
  type Decoded,
  type Decoder,
  type Progress,
  type SourceContext,
} from "@tidemark/connector";

import { writeFingerprint } from "./fingerprint.ts";
import { byteFrontier, byteOffset } from "./notation.ts";
import { type OpenFile } from "./open-file.ts";

/** What is read, and from where. */
export interface ReadingOptions {
  readonly file: OpenFile;
  readonly start: Progress;
  readonly decoder: SourceContext["decoder"];
  readonly bufferSizeBytes: number;
}

/** Reads one file from a record's end on. */
export class Reading {
  readonly #options: ReadingOptions;
  readonly #decoder: Decoder;
  readonly #base: bigint;
  /** Bytes of the file that the decoder has, those before it began included. */
  #read: bigint;
  /** Bytes of the file that are covered by what was answered. */
  #offset: bigint;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#base = byteOffset(options.start.frontier);
    this.#read = this.#base;
    this.#offset = this.#base;
    this.#decoder = options.decoder({ continued: this.#base > 0n });
  }

  /** Whether what was read of the file is still there. */
  isIntact(): Promise<boolean> {
    return this.#options.file.isIntact(this.#read);
  }

  /** Reads up to the file's present end; stops before bytes that may not follow on what was read. */
  async *readOn(signal: AbortSignal): AsyncGenerator<Batch> {
    const { file, bufferSizeBytes } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const bytes = await file.read(this.#read, bufferSizeBytes);
      if (bytes.length === 0 || !(await this.isIntact())) return;
      file.took(this.#read, bytes);
      this.#read += BigInt(bytes.length);
      const decoded = this.#decoder.push(bytes);
      yield* this.#batch(decoded, this.#base + decoded.consumedBytes);
    }
  }

  /** There will be no more: what is left is the last record. */
  async *finish(): AsyncGenerator<Batch> {
    yield* this.#batch(await this.#decoder.finish(), this.#read);
  }

  *#batch({ changes, records, errors }: Decoded, offset: bigint): Generator<Batch> {
    const bytes = Number(offset - this.#offset);
    if (bytes === 0 && records === 0 && errors.length === 0) return;
    this.#offset = offset;
    const { incarnation } = this.#options.start;
    const state = writeFingerprint(this.#options.file.fingerprint);
    yield { incarnation, frontier: byteFrontier(offset), state, changes, records, bytes, errors };
  }
}
