/** A world for tests of the pump: what survives crashes, and when the next crash comes. */

import { type Ended, type Step } from "../engine.ts";
import { type DurableCell } from "../sink.ts";

/** A step as storage keeps it. */
export interface StoredStep {
  readonly step: bigint;
  readonly content: Step;
}

/** All that outlives a process. */
export class World {
  readonly life = "life";
  readonly steps: StoredStep[] = [];
  readonly ended: Ended[] = [];
  /** What a sink holds, by endpoint. */
  readonly sinks: Map<string, { takenStep: bigint; rows: string[] }> = new Map();
  readonly cells: Map<string, string> = new Map();
  epoch = 0;
  crashed = false;
  #operationsLeft: number | undefined;
  #commits: PromiseWithResolvers<void> | undefined;

  /** Has the process die so many half operations from now: before or after a durable effect. */
  crashAfter(halfOperations: number): void {
    this.#operationsLeft = halfOperations;
  }

  /** Resolves once commits may go on. */
  get commitsGoOn(): Promise<void> {
    return this.#commits?.promise ?? Promise.resolve();
  }

  /** Has commits wait before they do anything, as those of a slow disk, until they are released. */
  holdCommits(): void {
    this.#commits ??= Promise.withResolvers();
  }

  releaseCommits(): void {
    this.#commits?.resolve();
    this.#commits = undefined;
  }

  /** The next process begins; what the last one did not commit stays undone. */
  restart(): void {
    this.crashed = false;
    this.#operationsLeft = undefined;
  }

  /** Does something durable, unless the process dies before; it may die right after as well. */
  async durably<T>(effect: () => T): Promise<T> {
    await Promise.resolve();
    this.#tick();
    const result = effect();
    await Promise.resolve();
    this.#tick();
    return result;
  }

  cell(name: string): DurableCell {
    return {
      read: () => Promise.resolve(this.cells.get(name)),
      write: (text) => this.durably(() => void this.cells.set(name, text)),
    };
  }

  #tick(): void {
    if (this.#operationsLeft === 0) this.crashed = true;
    if (this.#operationsLeft !== undefined) this.#operationsLeft -= 1;
    if (this.crashed) throw new Error("the process has died");
  }
}

/** Lets everything happen that can happen without a timer or I/O. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
