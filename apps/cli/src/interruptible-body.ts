/** A body that an interruption ends early, behind the last whole record that was sent. */

import { type Readable } from "node:stream";

import { type Cutting } from "./cutting.ts";

/** How a body is read. */
export interface BodyOptions {
  readonly cutting: Cutting;
  /** Ends the body. */
  readonly signal: AbortSignal;
  /** Called instead where it can't be ended, being inside of a record. */
  readonly giveUp: () => void;
}

/** The bytes of a stream, read once. */
export class InterruptibleBody implements AsyncIterable<Uint8Array> {
  readonly #source: Readable;
  readonly #options: BodyOptions;
  #sentBytes = 0;
  #isWhole = false;

  constructor(source: Readable, options: BodyOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Bytes handed over so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Whether all of the stream was handed over. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { cutting, signal, giveUp } = this.#options;
    const iterator: AsyncIterator<Uint8Array> = this.#source[Symbol.asyncIterator]();
    while (!this.#isWhole) {
      const next = await nextUnlessAborted(iterator, signal);
      if (next === undefined) {
        if (!cutting.isInRecord) return;
        giveUp();
        // An end here would make a record of a part of one.
        signal.throwIfAborted();
        return;
      }
      this.#isWhole = next.done === true;
      const piece = next.done === true ? cutting.rest() : cutting.take(next.value);
      this.#sentBytes += piece.length;
      if (piece.length > 0) yield piece;
    }
  }
}

/** Undefined as soon as the signal aborts. */
async function nextUnlessAborted<T>(
  iterator: AsyncIterator<T>,
  signal: AbortSignal,
): Promise<IteratorResult<T> | undefined> {
  if (signal.aborted) return undefined;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([iterator.next(), promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
