/** Named engines: an engine of a physical program, with the names of the program itself. */

import {
  type Committed,
  type Engine,
  type Following,
  type OutputColumn,
  QueryError,
  type QueryResult,
  type Recovered,
  type Rejected,
  type RejectQuery,
  type Step,
  type ViewChange,
} from "@tidemark/connector";
import { type Epoch } from "@tidemark/core";

import { type Naming } from "./naming.ts";
import { logicalColumn } from "./physical-program.ts";

/** Translates names both ways, those in faults too; owns the engine. */
export class NamedEngine implements Engine {
  readonly life: string;
  readonly epoch: Epoch;
  readonly recovered: Recovered;
  readonly views: ReadonlyMap<string, readonly OutputColumn[]>;
  readonly #engine: Engine;
  readonly #naming: Naming;

  constructor(engine: Engine, naming: Naming) {
    this.life = engine.life;
    this.epoch = engine.epoch;
    this.recovered = {
      ...engine.recovered,
      undelivered: engine.recovered.undelivered.map((step) => ({
        ...step,
        changedViews: logicalSet(step.changedViews, naming),
      })),
    };
    this.views = logicalViews(engine.views, naming);
    this.#engine = engine;
    this.#naming = naming;
  }

  async commit(step: Step): Promise<Committed> {
    const { physical, logical } = this.#naming;
    const inputs = step.inputs.map(({ table, changes }) => ({ table: physical(table), changes }));
    const done = await this.#named(() => this.#engine.commit({ ...step, inputs }));
    return {
      step: done.step,
      changedViews: logicalSet(done.changedViews, this.#naming),
      changedRows: new Map([...done.changedRows].map(([name, rows]) => [logical(name), rows])),
    };
  }

  changes(view: string, step: bigint): AsyncIterable<readonly ViewChange[]> {
    return this.#engine.changes(this.#naming.physical(view), step);
  }

  async follow(relation: string): Promise<Following> {
    const following = await this.#named(() => this.#engine.follow(this.#naming.physical(relation)));
    return {
      changes: () => this.#namedFaults(following.changes()),
      [Symbol.asyncDispose]: () => following[Symbol.asyncDispose](),
    };
  }

  async snapshot(
    relation: string,
    options: { readonly signal: AbortSignal },
  ): Promise<AsyncIterable<readonly ViewChange[]>> {
    const rows = await this.#named(() =>
      this.#engine.snapshot(this.#naming.physical(relation), options),
    );
    return this.#namedFaults(rows);
  }

  async query(sql: string, options: { readonly signal: AbortSignal }): Promise<QueryResult> {
    const { columns, rows } = await this.#named(() =>
      this.#engine.query(this.#naming.sql(sql), options),
    );
    return {
      columns: columns.map((column) => logicalColumn(column, this.#naming)),
      rows: this.#namedFaults(rows),
    };
  }

  rejected(query: RejectQuery): Promise<Rejected> {
    return this.#engine.rejected(query);
  }

  storageBytes(): Promise<number> {
    return this.#engine.storageBytes();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }

  async #named<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (fault) {
      throw namedFault(fault, this.#naming);
    }
  }

  async *#namedFaults<T>(items: AsyncIterable<T>): AsyncGenerator<T, void> {
    try {
      yield* items;
    } catch (fault) {
      throw namedFault(fault, this.#naming);
    }
  }
}

/** A fault whose message has the names of the program. */
export function namedFault(fault: unknown, { logical }: Naming): unknown {
  if (!(fault instanceof Error)) return fault;
  const message = logical(fault.message);
  if (message === fault.message) return fault;
  return fault instanceof QueryError
    ? new QueryError(message, { cause: fault })
    : new Error(message, { cause: fault });
}

/** The columns of every view as the program has them. */
export function logicalViews(
  views: ReadonlyMap<string, readonly OutputColumn[]>,
  naming: Naming,
): ReadonlyMap<string, readonly OutputColumn[]> {
  return new Map(
    [...views].map(([name, columns]) => [
      naming.logical(name),
      columns.map((column) => logicalColumn(column, naming)),
    ]),
  );
}

function logicalSet(names: ReadonlySet<string>, { logical }: Naming): ReadonlySet<string> {
  return new Set([...names].map(logical));
}
