/** An engine in memory, for tests: a view shows the rows of the table that its query names. */

import { epoch, type Epoch } from "@tidemark/core";
import { type Program } from "@tidemark/program";

import {
  type Committed,
  type Engine,
  type Following,
  type QueryResult,
  type Recovered,
  type Step,
} from "../engine.ts";
import { type KeyedBody } from "../keyed-body.ts";
import { type Reject, type Rejected, type RejectMark, type RejectQuery } from "../reject.ts";
import { hasTruncate, type OutputColumn, type ViewChange } from "../value.ts";
import { type StoredStep, type World } from "./world.ts";

/** Keeps steps in a world. */
export class MemoryEngine implements Engine {
  readonly life: string;
  readonly epoch: Epoch;
  readonly recovered: Recovered;
  readonly views: ReadonlyMap<string, readonly OutputColumn[]>;
  readonly #world: World;
  readonly #program: Program;
  /** Relations that are followed now, in the order they were. */
  readonly following: string[] = [];
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
    await this.#world.commitsGoOn;
    const stored = await this.#world.durably(() => this.#store(content));
    this.#committing = false;
    const changedViews = this.#changedViews(stored);
    const rows = (view: string): number => this.#changes(stored, view).length;
    const changedRows = new Map([...changedViews].map((view) => [view, rows(view)]));
    return { step: stored.step, changedViews, changedRows };
  }

  async *changes(view: string, step: bigint): AsyncGenerator<readonly ViewChange[]> {
    const stored = this.#world.steps[Number(step) - 1];
    if (stored === undefined) throw new Error(`no step ${step}`);
    const { deliveredStep = 0n } = this.#world.steps.at(-1)?.content ?? {};
    yield await Promise.resolve(step <= deliveredStep ? [] : this.#changes(stored, view));
  }

  follow(relation: string): Promise<Following> {
    const from = this.#world.steps.length;
    const changes = async function* changes(
      this: MemoryEngine,
    ): AsyncGenerator<readonly ViewChange[]> {
      const { steps } = this.#world;
      const stored = steps.at(-1);
      if (stored === undefined || steps.length <= from) return;
      const all = await Promise.resolve(this.#changes(stored, relation));
      if (all.length > 0) yield all;
    };
    this.following.push(relation);
    return Promise.resolve({
      changes: () => changes.call(this),
      [Symbol.asyncDispose]: () => {
        this.following.splice(this.following.indexOf(relation), 1);
        return Promise.resolve();
      },
    });
  }

  snapshot(relation: string): Promise<AsyncIterable<readonly ViewChange[]>> {
    const all = rowsAfter(this.#world.steps, this.#tableOf(relation)).toSorted().map(inserted);
    return Promise.resolve(
      (async function* rows() {
        yield await Promise.resolve(all);
      })(),
    );
  }

  query(): Promise<QueryResult> {
    return Promise.reject(new Error("this engine answers no queries"));
  }

  rejected(query: RejectQuery): Promise<Rejected> {
    const all = this.#world.steps.flatMap(({ content }) => content.rejects ?? []);
    const own = all.filter(
      ({ connector, incarnation }) =>
        connector === query.connector && incarnation === query.incarnation,
    );
    const first = own.flatMap(({ endpoint, latest }) =>
      latest.filter((reject) => isAsked(reject, query)).map((each) => ({ endpoint, ...each })),
    );
    const count = own
      .flatMap(({ marks }) => marks)
      .reduce((sum, mark) => sum + countIn(mark, query), 0);
    return Promise.resolve({ count, first: first.slice(0, query.limit) });
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
      rejects: steps.flatMap(({ content }) => content.rejects ?? []),
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
      views.map(({ id }) => id.name).filter((view) => this.#changes(stored, view).length > 0),
    );
  }

  /** Rows that go and come again with the step are no change. */
  #changes(stored: StoredStep, relation: string): readonly ViewChange[] {
    const table = this.#tableOf(relation);
    const before = this.#world.steps.slice(0, Number(stored.step) - 1);
    const gone = isTruncated(stored, table) ? rowsAfter(before, table) : [];
    const come = rowsOf(stored, table);
    return [
      ...lacking(gone, come).map((row): ViewChange => ({ weight: -1, row: [row] })),
      ...lacking(come, gone).map(inserted),
    ];
  }

  #tableOf(relation: string): string {
    return this.#program.views.find(({ id }) => id.name === relation)?.query ?? relation;
  }
}

/** The rows that a step put into a table and did not truncate itself. */
export function rowsOf({ content }: StoredStep, table: string): readonly string[] {
  const put: string[] = [];
  for (const { changes } of content.inputs.filter((input) => input.table === table)) {
    for (const [at, [value]] of changes.rows.entries()) {
      if (changes.operations?.[at] === "truncate") put.length = 0;
      else put.push(String(value));
    }
  }
  return put;
}

/** The rows that a table holds after these steps. */
export function rowsAfter(steps: readonly StoredStep[], table: string): readonly string[] {
  const last = steps.findLastIndex((step) => isTruncated(step, table));
  return steps.slice(Math.max(last, 0)).flatMap((step) => rowsOf(step, table));
}

function isTruncated({ content }: StoredStep, table: string): boolean {
  return content.inputs.some((input) => input.table === table && hasTruncate(input.changes));
}

function inserted(row: string): ViewChange {
  return { weight: 1, row: [row] };
}

/** What of the first list the second does not have as often, sorted. */
function lacking(all: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  const lacks = all.filter((row) => {
    const at = left.indexOf(row);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  return lacks.toSorted();
}

function keyedOf(steps: readonly StoredStep[]): readonly KeyedBody[] {
  const keyed = new Map<string, KeyedBody>();
  for (const { content } of steps) {
    for (const key of content.forgottenKeys ?? []) keyed.delete(key);
    for (const body of content.keyed ?? []) keyed.set(body.key, body);
  }
  return [...keyed.values()];
}

function isAsked({ partition, offset }: Reject, { spans, unplaced }: RejectQuery): boolean {
  if (partition === undefined || offset === undefined) return unplaced;
  return spans.some(
    (span) => span.partition === partition && span.from <= offset && offset < span.to,
  );
}

function countIn(mark: RejectMark, query: RejectQuery): number {
  const { partition, first, last, count } = mark;
  if (partition === undefined) return query.unplaced ? count : 0;
  let sum = 0;
  for (const { from, to } of query.spans.filter((span) => span.partition === partition)) {
    const low = from > first ? from : first;
    const high = to <= last ? to - 1n : last;
    if (low > high) continue;
    sum += first === last ? count : Number(high - low + 1n);
  }
  return sum;
}
