/** A listener: a subscription that a test reads, all the time or when it says so. */

import { type EgressChunk, type RunningPipeline, type Subscribe } from "../running-pipeline.ts";

/** Collects what a subscription gives. */
export class Listener {
  readonly afterStep: bigint;
  readonly chunks: EgressChunk[] = [];
  readonly #iterator: AsyncIterator<EgressChunk>;
  #ended: { readonly error: unknown } | undefined;

  private constructor(afterStep: bigint, chunks: AsyncIterable<EgressChunk>) {
    this.afterStep = afterStep;
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** Subscribes to a table or view in lines; the rest may be given. */
  static async begin(
    pipeline: RunningPipeline,
    relation: string,
    given: Partial<Subscribe> = {},
  ): Promise<Listener> {
    const { afterStep, chunks } = await pipeline.subscribe({
      relation,
      format: { name: "lines", config: {} },
      backpressure: false,
      sendSnapshot: false,
      signal: new AbortController().signal,
      ...given,
    });
    return new Listener(afterStep, chunks);
  }

  /** What ended the stream: undefined inside where it just ended. */
  get ended(): { readonly error: unknown } | undefined {
    return this.#ended;
  }

  /** Reads to the end in the background. */
  readAll(): this {
    void (async () => {
      while (await this.read()) {
        // Goes on.
      }
    })();
    return this;
  }

  /** Reads one chunk; answers whether there was one. */
  async read(): Promise<boolean> {
    try {
      const next = await this.#iterator.next();
      if (next.done === true) {
        this.#ended = { error: undefined };
        return false;
      }
      this.chunks.push(next.value);
      return true;
    } catch (error) {
      this.#ended = { error };
      return false;
    }
  }

  /** Leaves, as a client does that closes its connection between two chunks. */
  async leave(): Promise<void> {
    await this.#iterator.return?.();
  }

  /** All lines so far. */
  get lines(): readonly string[] {
    const decoder = new TextDecoder();
    return this.chunks.flatMap(({ data }) =>
      decoder
        .decode(data)
        .split("\n")
        .filter((line) => line !== ""),
    );
  }

  get numbers(): readonly number[] {
    return this.chunks.map(({ sequenceNumber }) => sequenceNumber);
  }
}
