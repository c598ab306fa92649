/** An atomic push: nothing of a body is queued before all of it is decoded without an error. */

import { BodyRejectedError, BodyTooLargeError } from "../body-errors.ts";
import { type Decoded, type Decoder } from "../format.ts";
import { type Pushed } from "../running-pipeline.ts";
import { ErrorSample } from "./error-sample.ts";
import { mergeChanges } from "./merge-changes.ts";
import { type BodyIntake } from "./push-intake.ts";

/** What an atomic push is read with. */
export interface AtomicOptions {
  readonly decoder: Decoder;
  /** The most bytes of a body. */
  readonly limitBytes: number;
  /** Takes the body once it is whole and good, by a decoder that answers all of it at its end. */
  readonly whole: (decoder: Decoder) => BodyIntake;
}

/** Keeps a body until it is whole; throws `BodyTooLargeError`, and `BodyRejectedError` at its end. */
export class AtomicIntake implements BodyIntake {
  readonly #options: AtomicOptions;
  readonly #chunks: Uint8Array[] = [];
  readonly #decoded: Decoded[] = [];
  readonly #errors = new ErrorSample();
  #bytes = 0;

  constructor(options: AtomicOptions) {
    this.#options = options;
  }

  take(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.length;
    const { limitBytes, decoder } = this.#options;
    if (this.#bytes > limitBytes) return Promise.reject(new BodyTooLargeError(limitBytes));
    this.#chunks.push(chunk);
    this.#keep(decoder.push(chunk));
    return Promise.resolve();
  }

  async end(): Promise<Pushed> {
    this.#keep(await this.#options.decoder.finish());
    const { count, first } = this.#errors;
    if (count > 0) throw new BodyRejectedError(count, first);
    const intake = this.#options.whole(answering(this.#decoded));
    await intake.take(Buffer.concat(this.#chunks));
    return await intake.end();
  }

  #keep(decoded: Decoded): void {
    this.#errors.add(decoded.errors);
    if (this.#errors.count === 0) this.#decoded.push(decoded);
    else this.#decoded.length = 0;
  }
}

/** A decoder that answers at its end, as one, what was decoded before. */
function answering(all: readonly Decoded[]): Decoder {
  const nothing = { changes: { rows: [] }, records: 0, consumedBytes: 0n, errors: [] };
  return {
    push: () => nothing,
    finish: () => ({
      changes: mergeChanges(all.map(({ changes }) => changes)),
      records: all.reduce((sum, { records }) => sum + records, 0),
      consumedBytes: all.at(-1)?.consumedBytes ?? 0n,
      errors: [],
    }),
  };
}
