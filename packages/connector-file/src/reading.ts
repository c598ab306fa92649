/** A reading: one incarnation's bytes through one decoder. */

import {
  type Batch,
  type Decoded,
  type Decoder,
  type Progress,
  rejectedApart,
  type SourceContext,
} from "@tidemark/connector";

import { writeFingerprint } from "./fingerprint.ts";
import { byteFrontier, byteOffset, bytePosition } from "./notation.ts";
import { type OpenFile } from "./open-file.ts";

/** What is read, and from where. */
export interface ReadingOptions {
  readonly file: OpenFile;
  readonly start: Progress;
  readonly context: Pick<SourceContext, "decoder" | "onReject">;
  readonly bufferSizeBytes: number;
}

/** Enough for a heading. */
const BEGINNING_BYTES = 1024 * 1024;

/** Reads one file from a record's end on. */
export class Reading {
  readonly #options: ReadingOptions;
  readonly #base: bigint;
  #opened: Decoder | undefined;
  /** Bytes of the file that the decoder has, those before it began included. */
  #read: bigint;
  /** Bytes of the file that are covered by what was answered. */
  #offset: bigint;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#base = byteOffset(options.start.frontier);
    this.#read = this.#base;
    this.#offset = this.#base;
  }

  /** What the file ends in for now, where that is the beginning of a record. */
  get unfinished(): string | undefined {
    const found = this.#opened?.unfinished?.();
    if (found === undefined) return undefined;
    const at = this.#base + found.byteOffset;
    return `ends in ${found.what} that begins at byte ${at}: waiting for ${found.awaits}`;
  }

  /** Whether what was read of the file is still there. */
  isIntact(): Promise<boolean> {
    return this.#options.file.isIntact(this.#read);
  }

  /** Reads up to the file's present end; stops before bytes that may not follow on what was read. */
  async *readOn(signal: AbortSignal): AsyncGenerator<Batch> {
    const { file, bufferSizeBytes } = this.#options;
    const decoder = await this.#decoder();
    for (;;) {
      signal.throwIfAborted();
      const bytes = await file.read(this.#read, bufferSizeBytes);
      if (bytes.length === 0 || !(await this.isIntact())) return;
      file.took(this.#read, bytes);
      this.#read += BigInt(bytes.length);
      const decoded = decoder.push(bytes);
      yield* this.#batches(decoded, this.#base + decoded.consumedBytes);
    }
  }

  /** There will be no more: what is left is the last record. */
  async *finish(): AsyncGenerator<Batch> {
    const decoder = await this.#decoder();
    yield* this.#batches(await decoder.finish(), this.#read);
  }

  async #decoder(): Promise<Decoder> {
    if (this.#opened !== undefined) return this.#opened;
    const { file, context } = this.#options;
    if (this.#base === 0n) return (this.#opened = context.decoder({ continued: false }));
    const beginning = await file.read(0n, Math.min(BEGINNING_BYTES, Number(this.#base)));
    return (this.#opened = context.decoder({ continued: true, beginning }));
  }

  *#batches(decoded: Decoded, end: bigint): Generator<Batch> {
    const { onReject } = this.#options.context;
    for (const { consumedBytes, ...part } of rejectedApart(decoded, onReject)) {
      const isLast = consumedBytes === decoded.consumedBytes;
      yield* this.#batch(part, isLast ? end : this.#base + consumedBytes);
    }
  }

  *#batch(part: Omit<Decoded, "consumedBytes">, offset: bigint): Generator<Batch> {
    const { changes, records } = part;
    const bytes = Number(offset - this.#offset);
    if (bytes === 0 && records === 0 && part.errors.length === 0) return;
    this.#offset = offset;
    const { incarnation } = this.#options.start;
    const state = writeFingerprint(this.#options.file.fingerprint);
    const errors = part.errors.map((error) =>
      error.byteOffset === undefined
        ? error
        : { ...error, position: bytePosition(this.#base + error.byteOffset) },
    );
    yield { incarnation, frontier: byteFrontier(offset), state, changes, records, bytes, errors };
  }
}
