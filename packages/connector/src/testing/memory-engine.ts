/** An engine in memory, for tests: a view shows the rows of the table that its query names. */

import { epoch, type Epoch } from "@tidemark/core";
import { type Program } from "@tidemark/program";

import {
  type Committed,
  type Engine,
  type QueryResult,
  type Recovered,
  type Step,
} from "../engine.ts";
import { type KeyedBody } from "../keyed-body.ts";
import { type OutputColumn, type ViewChange } from "../value.ts";
import { type StoredStep, type World } from "./world.ts";

/** Keeps steps in a world. */
export class MemoryEngine implements Engine {
  readonly life: string;
  readonly epoch: Epoch;
  readonly recovered: Recovered;
  readonly views: ReadonlyMap<string, readonly OutputColumn[]>;
  readonly #world: World;
  readonly #program: Program;
  #committing = false;
  disposed = false;

  constructor(world: World, program: Program) {
    this.#world = world;
    this.#program = program;
    this.life = world.life;
    world.epoch += 1;
    this.epoch = epoch(world.epoch);
    this.views = new Map(program.views.map(({ id }) => [id.name, []]));
    this.recovered = this.#recover();
  }

  async commit(content: Step): Promise<Committed> {
    if (this.#committing) throw new Error("one commit at a time");
    this.#committing = true;
    const stored = await this.#world.durably(() => this.#store(content));
    this.#committing = false;
    return { step: stored.step, changedViews: this.#changedViews(stored) };
  }

  async *changes(view: string, step: bigint): AsyncGenerator<readonly ViewChange[]> {
    const stored = this.#world.steps[Number(step) - 1];
    if (stored === undefined) throw new Error(`no step ${step}`);
    yield await Promise.resolve(
      rowsOf(stored, this.#tableOf(view)).map((row) => ({ weight: 1 as const, row: [row] })),
    );
  }

  query(): Promise<QueryResult> {
    return Promise.reject(new Error("this engine answers no queries"));
  }

  storageBytes(): Promise<number> {
    return Promise.resolve(this.#world.steps.length);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }

  #store(content: Step): StoredStep {
    const stored = { step: BigInt(this.#world.steps.length + 1), content };
    this.#world.steps.push(stored);
    this.#world.ended.push(...content.ended);
    return stored;
  }

  #recover(): Recovered {
    const { steps, ended } = this.#world;
    const last = steps.at(-1)?.content;
    const delivered = last?.deliveredStep ?? 0n;
    return {
      step: BigInt(steps.length),
      progress: last?.progress ?? new Map(),
      ended: [...ended],
      keyed: keyedOf(steps),
      undelivered: steps
        .filter(({ step }) => step >= delivered)
        .map((stored) => ({
          step: stored.step,
          progress: stored.content.progress,
          changedViews: this.#changedViews(stored),
        })),
    };
  }

  #changedViews(stored: StoredStep): ReadonlySet<string> {
    const views = this.#program.views.filter(({ connectors }) => connectors.length > 0);
    return new Set(
      views
        .map(({ id }) => id.name)
        .filter((view) => rowsOf(stored, this.#tableOf(view)).length > 0),
    );
  }

  #tableOf(view: string): string {
    return this.#program.views.find(({ id }) => id.name === view)?.query ?? "";
  }
}

/** The rows that a step put into a table. */
export function rowsOf({ content }: StoredStep, table: string): readonly string[] {
  return content.inputs
    .filter((input) => input.table === table)
    .flatMap(({ changes }) => changes.rows.map(([value]) => String(value)));
}

function keyedOf(steps: readonly StoredStep[]): readonly KeyedBody[] {
  const keyed = new Map<string, KeyedBody>();
  for (const { content } of steps) {
    for (const key of content.forgottenKeys ?? []) keyed.delete(key);
    for (const body of content.keyed ?? []) keyed.set(body.key, body);
  }
  return [...keyed.values()];
}
