/** A sink in memory, for tests: rows and step number are durable together. */

import { RefusedRowsError, type Sink, type SinkFactory, type Taken } from "../sink.ts";
import { type ViewChange } from "../value.ts";
import { type World } from "./world.ts";

/** What a test has sinks do. */
export interface SinkControl {
  /** Endpoints whose sinks fail. */
  readonly failing: Set<string>;
  /** Rows that sinks can never take; those that `RefusedRowsError` tells of are the first two. */
  readonly refused?: (row: string) => boolean;
}

/** Sinks that keep their rows in a world. */
export function memorySinks(world: World, control: SinkControl): SinkFactory {
  return {
    transport: "memory",
    format: "forbidden",
    refusesRows: true,
    validate: () => undefined,
    open: ({ endpoint }) => Promise.resolve(new MemorySink(world, control, endpoint)),
  };
}

class MemorySink implements Sink {
  readonly #world: World;
  readonly #control: SinkControl;
  readonly #endpoint: string;

  constructor(world: World, control: SinkControl, endpoint: string) {
    this.#world = world;
    this.#control = control;
    this.#endpoint = endpoint;
  }

  get takenStep(): bigint {
    return this.#world.sinks.get(this.#endpoint)?.takenStep ?? 0n;
  }

  async take(step: bigint, changes: AsyncIterable<readonly ViewChange[]>): Promise<Taken> {
    const all: ViewChange[] = [];
    for await (const some of changes) all.push(...some);
    this.#refuse(all);
    const rows = all.map(({ row }) => String(row[0]));
    if (this.#control.failing.has(this.#endpoint)) throw new Error("the disk is full");
    await this.#world.durably(() => {
      const held = this.#world.sinks.get(this.#endpoint) ?? { takenStep: 0n, rows: [] };
      if (held.takenStep >= step) throw new Error(`step ${step} after ${held.takenStep}`);
      this.#world.sinks.set(this.#endpoint, {
        takenStep: step,
        rows: [...held.rows, ...rows],
      });
    });
    return { records: rows.length, bytes: rows.length };
  }

  #refuse(changes: readonly ViewChange[]): void {
    const { refused } = this.#control;
    const bad = changes.filter(({ row }) => refused?.(String(row[0])) === true).slice(0, 2);
    const rows = bad.map((change) => ({
      change,
      column: "s",
      message: `bad ${String(change.row[0])}`,
    }));
    if (rows.length > 0) throw new RefusedRowsError(rows);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
