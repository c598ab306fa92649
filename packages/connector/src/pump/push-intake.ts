/** An intake: how one pushed body becomes records of its endpoint. */

import { fewSpans, type Span, spansBetween } from "@tidemark/core";

import { type Decoded, type Decoder } from "../format.ts";
import { type Pushed } from "../running-pipeline.ts";
import { type Batch, type Progress } from "../source.ts";
import { type QueuedBatch } from "./batch-queue.ts";
import { ErrorSample } from "./error-sample.ts";
import { type Input } from "./input.ts";

/** What an intake works on. */
export interface IntakeOptions {
  readonly input: Input;
  /** Aborts when the push is given up or no more is taken. */
  readonly signal: AbortSignal;
  /** Resolves once the endpoint has room for records. */
  readonly room: () => Promise<void>;
  /** Gives records the next offsets. */
  readonly accept: (decoded: Decoded, bytes: number) => Batch;
  /** What is told of every record, where something is; part of what a key stands for. */
  readonly metadata?: string | undefined;
  /** Hands a batch to the next step. */
  readonly queue: (batch: Omit<QueuedBatch, "receivedAtMs" | "rejects">) => void;
  /** Resolves once this holds, asked again after every commit. */
  readonly committed: (holds: () => boolean) => Promise<void>;
  readonly wallMs: () => number;
}

/**
 * Into how many spans a push's records may fall: bodies that take turns at an endpoint must not make
 * their tokens long. Beyond it, a token also counts what others had rejected in between.
 */
export const MOST_SPANS = 32;

/** Takes one body. */
export interface BodyIntake {
  /** Takes the next bytes; resolves when their records are queued. */
  take(chunk: Uint8Array): Promise<void>;
  /** No more bytes: answers what was taken. */
  end(): Promise<Pushed>;
}

/** Takes whatever it is given. */
export class PlainIntake implements BodyIntake {
  readonly #options: IntakeOptions;
  readonly #decoder: Decoder;
  readonly #durable: boolean;
  readonly #errors = new ErrorSample();
  #progress: Progress | undefined;
  #spans: readonly Span[] = [];
  #consumed = 0n;
  #records = 0;

  /** `durable`: the end is reached only when all is committed. */
  constructor(
    options: IntakeOptions,
    decoder: Decoder,
    { durable }: { readonly durable: boolean },
  ) {
    this.#options = options;
    this.#decoder = decoder;
    this.#durable = durable;
  }

  take(chunk: Uint8Array): Promise<void> {
    return this.#add(this.#decoder.push(chunk));
  }

  async end(): Promise<Pushed> {
    await this.#add(await this.#decoder.finish());
    const { input, committed } = this.#options;
    const progress = { ...(this.#progress ?? input.received), spans: this.#spans };
    if (this.#durable) await committed(() => input.hasProcessed(progress));
    return {
      connector: input.id,
      progress,
      earlier: [],
      records: this.#records,
      errorCount: this.#errors.count,
      errors: this.#errors.first,
    };
  }

  async #add(decoded: Decoded): Promise<void> {
    const { input, room, accept, queue } = this.#options;
    const { errors } = decoded;
    if (decoded.records + errors.length > 0) await room();
    const bytes = Number(decoded.consumedBytes - this.#consumed);
    this.#consumed = decoded.consumedBytes;
    this.#errors.add(errors);
    if (decoded.records + errors.length === 0) return;
    const before = input.received.frontier;
    const batch = accept(decoded, bytes);
    queue(batch);
    this.#progress = input.received;
    const added = spansBetween(before, batch.frontier);
    this.#spans = fewSpans([...this.#spans, ...added], MOST_SPANS);
    this.#records += batch.records;
  }
}
