/** Generated rows as a source: any row can be made again from its number, so resuming is exact. */

import { setImmediate as nextTurn } from "node:timers/promises";

import {
  type Batch,
  type Clock,
  incarnationOf,
  type Progress,
  type Row,
  type Source,
  type SourceContext,
  type SourceFactory,
  type SourceTells,
} from "@tidemark/connector";

import { English } from "./english.ts";
import { generatedFrontier, generatedRows } from "./notation.ts";
import { type Generation, type Plan, readGeneration } from "./plan.ts";
import { randomOfRow, seedOf } from "./random.ts";
import { recordSize } from "./record-size.ts";

const TELLS: SourceTells = {
  head: false,
  incarnationFrom: "the engine's storage, and what of the configuration tells rows apart",
};

/** Opens sources of generated rows; the clock sets their pace. */
export function datagen(clock: Clock): SourceFactory {
  return {
    transport: "datagen",
    format: "forbidden",
    validate: (connector, table) => {
      readGeneration(connector.transport.config, table, new English());
    },
    open: async (context) => {
      const english = new English();
      const { connector, table } = context;
      const generation = readGeneration(connector.transport.config, table, english);
      await english.load();
      return new Datagen(context, generation, clock);
    },
  };
}

class Datagen implements Source {
  readonly tells: SourceTells = TELLS;
  readonly start: Progress;
  readonly #generation: Generation;
  readonly #seed: number;
  readonly #clock: Clock;
  readonly #sizeOf: (row: Row) => number;

  constructor(
    { life, endpoint, resume, table }: SourceContext,
    generation: Generation,
    clock: Clock,
  ) {
    this.#sizeOf = recordSize(table);
    this.#generation = generation;
    this.#seed = this.#generation.seed ?? seedOf(`${life} ${endpoint}`);
    this.#clock = clock;
    const incarnation = incarnationOf(life, "datagen", endpoint, this.#generation.identity);
    this.start =
      resume?.incarnation === incarnation
        ? resume
        : { incarnation, frontier: generatedFrontier(0) };
  }

  async *batches({ signal }: { readonly signal: AbortSignal }): AsyncIterable<Batch> {
    let skip = generatedRows(this.start.frontier);
    let before = 0;
    for (const plan of this.#generation.plans) {
      const limit = plan.limit ?? Number.POSITIVE_INFINITY;
      const first = Math.min(skip, limit);
      yield* this.#rowsOf(plan, first, before, signal);
      skip -= first;
      before += limit;
    }
  }

  async *#rowsOf(
    plan: Plan,
    first: number,
    before: number,
    signal: AbortSignal,
  ): AsyncIterable<Batch> {
    const limit = plan.limit ?? Number.POSITIVE_INFINITY;
    let due = this.#clock.monotonicMs();
    for (let index = first; index < limit; index += plan.chunk) {
      signal.throwIfAborted();
      const count = Math.min(plan.chunk, limit - index);
      if (plan.rate !== undefined) due = await this.#pace(due, (count * 1000) / plan.rate, signal);
      else await nextTurn();
      yield this.#batch(plan, index, count, before);
    }
  }

  /** Waits for the batch's time to pass; after a pause the pace is kept, not caught up. */
  async #pace(due: number, durationMs: number, signal: AbortSignal): Promise<number> {
    const next = Math.max(due, this.#clock.monotonicMs() - durationMs) + durationMs;
    const wait = next - this.#clock.monotonicMs();
    if (wait > 0) await this.#clock.sleep(wait, { signal });
    return next;
  }

  #batch(plan: Plan, index: number, count: number, before: number): Batch {
    const rows = Array.from({ length: count }, (_, i) =>
      plan.row(index + i, randomOfRow(this.#seed, before + index + i)),
    );
    return {
      incarnation: this.start.incarnation,
      frontier: generatedFrontier(before + index + count),
      changes: { rows },
      records: count,
      bytes: rows.reduce((total, row) => total + this.#sizeOf(row), 0),
      errors: [],
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
