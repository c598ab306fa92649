/** The stepper: takes what the inputs have received and commits it, one step after the other. */

import { type ConnectorId } from "@tidemark/core";

import { type Ended, type Engine, type Step } from "../engine.ts";
import { type KeyedBody } from "../keyed-body.ts";
import { type Reject, type StepRejects } from "../reject.ts";
import { type Progress } from "../source.ts";
import { type Changes } from "../value.ts";
import { type QueuedBatch } from "./batch-queue.ts";
import { Bell } from "./bell.ts";
import { type InputSet } from "./input-set.ts";
import { type Input } from "./input.ts";
import { mergeChanges } from "./merge-changes.ts";
import { type PushKeys } from "./push-keys.ts";
import { type RejectTotals } from "./reject-totals.ts";
import { type LoggedStep, type StepLog } from "./step-log.ts";
import { RejectCollector, type RejectedBy } from "./step-rejects.ts";

/** What a stepper is made with. */
export interface StepperOptions {
  readonly engine: Engine;
  readonly inputs: InputSet;
  readonly log: StepLog;
  readonly keys: PushKeys;
  readonly rejects: RejectTotals;
  readonly maxStepRows: number;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  /** Whether outputs leave room for another step. */
  readonly hasRoom: () => boolean;
  /** Called when a step is durable and nothing else was told of it; the step is over when it resolves. */
  readonly deliver: (step: bigint) => Promise<void>;
  /** Called when a step is durable, before the next one begins. */
  readonly committed: (step: LoggedStep) => void;
}

/** A step in the making. */
interface Draft {
  readonly changes: Map<string, Changes[]>;
  readonly ended: Ended[];
  readonly moved: Map<ConnectorId, readonly Progress[]>;
  readonly took: Input[];
  /** The latest of each key. */
  readonly keyed: Map<string, KeyedBody>;
  readonly rejects: RejectCollector;
  readonly ingestedAtMs: Map<ConnectorId, number>;
  records: number;
}

/** Commits steps: rows and the progress of every connector, moved or not, in one transaction. */
export class Stepper {
  readonly #options: StepperOptions;
  readonly #work = new Bell();
  readonly #progress: Map<ConnectorId, Progress>;
  #arrivals: Input[] = [];
  #initiated: bigint;
  #stallMs = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: StepperOptions) {
    this.#options = options;
    this.#progress = new Map(options.engine.recovered.progress);
    this.#initiated = options.engine.recovered.step;
  }

  /** The last step that was begun. */
  get initiated(): bigint {
    return this.#initiated;
  }

  /** How long input waited because outputs lagged too far behind. */
  get stallMs(): number {
    return this.#stallMs;
  }

  /** Whether some input's start is not durable yet. */
  get hasArrivals(): boolean {
    return this.#arrivals.length > 0;
  }

  /** Has the next step make an input's start durable, and the end of what it was before. */
  announce(input: Input): void {
    this.#arrivals.push(input);
    this.#work.ring();
  }

  /** Whether the input's start is durable. */
  isAnnounced(input: Input): boolean {
    return this.#progress.has(input.id) && !this.#arrivals.includes(input);
  }

  /** Has the loop look for work again. */
  wake(): void {
    this.#work.ring();
  }

  /** Steps whenever there is something to commit; rejects with the signal's reason or an engine's fault. */
  async run(signal: AbortSignal): Promise<void> {
    const { hasRoom, monotonicMs } = this.#options;
    for (;;) {
      await this.#work.until(() => this.#hasWork(), { signal });
      if (!hasRoom()) {
        const since = monotonicMs();
        await this.#work.until(hasRoom, { signal });
        this.#stallMs += monotonicMs() - since;
      }
      await this.step();
    }
  }

  /** Commits one step of what there is. */
  step(): Promise<void> {
    return this.between(() => {
      const arrived = new Set(this.#arrivals);
      return this.#commit(this.#draft(arrived), arrived);
    });
  }

  /**
   * Commits what an output refused, by a step of its own that waits for no room: resolves once it is
   * durable.
   */
  reject(by: RejectedBy, rejects: readonly Reject[]): Promise<void> {
    return this.between(() => {
      const draft = emptyDraft();
      draft.rejects.add(by, rejects);
      return this.#commit(draft, new Set());
    });
  }

  /** Runs work while no step runs, in the order asked for; resolves with it. */
  between<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #commit(draft: Draft, arrived: ReadonlySet<Input>): Promise<void> {
    const { engine, keys, rejects, wallMs, deliver, committed } = this.#options;
    this.#initiated = this.#options.log.processed + 1n;
    const rejected = draft.rejects.build();
    const content = this.#stepOf(draft, rejected);
    const { step, changedViews, changedRows } = await engine.commit(content);
    rejects.committed(rejected);
    this.#arrivals = this.#arrivals.filter((input) => !arrived.has(input));
    for (const body of draft.keyed.values()) keys.committed(body);
    for (const input of draft.took) {
      input.inStep = false;
      const progress = this.#progress.get(input.id);
      if (progress !== undefined) input.lines.process(progress);
    }
    for (const input of [...arrived, ...draft.took]) input.gate.ring();
    await deliver(step);
    const { moved, records, ingestedAtMs } = draft;
    committed({
      step,
      changedViews,
      changedRows,
      moved,
      records,
      ingestedAtMs,
      processedAtMs: wallMs(),
    });
  }

  #hasWork(): boolean {
    return (
      this.#arrivals.length > 0 || this.#options.inputs.all.some(({ queue }) => !queue.isEmpty)
    );
  }

  #stepOf({ changes, ended, keyed }: Draft, rejects: readonly StepRejects[]): Step {
    const forgottenKeys = this.#options.keys.takeForgotten();
    return {
      inputs: [...changes].map(([table, all]) => ({ table, changes: mergeChanges(all) })),
      progress: new Map(this.#progress),
      ended,
      deliveredStep: this.#options.log.delivered,
      ...(forgottenKeys.length === 0 ? {} : { forgottenKeys }),
      ...(keyed.size === 0 ? {} : { keyed: [...keyed.values()] }),
      ...(rejects.length === 0 ? {} : { rejects }),
    };
  }

  #draft(arrived: ReadonlySet<Input>): Draft {
    const draft = emptyDraft();
    for (const input of arrived) this.#move(draft, input, input.received);
    const waiting = this.#options.inputs.all.filter(
      (input) => !input.queue.isEmpty && !arrived.has(input),
    );
    const share = Math.max(1, Math.floor(this.#options.maxStepRows / waiting.length));
    for (const input of waiting) {
      const maxRows = Math.min(share, input.declaration?.maxBatchSize ?? share);
      const batches = input.queue.take(maxRows, input.processed.incarnation);
      for (const batch of batches) this.#apply(draft, input, batch);
      input.inStep = true;
      draft.took.push(input);
      input.gate.ring();
    }
    return draft;
  }

  #apply(draft: Draft, input: Input, batch: QueuedBatch): void {
    const table = input.table.id.name;
    if (batch.changes.rows.length > 0) {
      const changes = draft.changes.get(table);
      if (changes === undefined) draft.changes.set(table, [batch.changes]);
      else changes.push(batch.changes);
    }
    draft.records += batch.records;
    if (batch.records > 0) draft.ingestedAtMs.set(input.id, batch.receivedAtMs);
    const { id: connector, endpoint, maxRejects: maxKept } = input;
    const by = { connector, endpoint, incarnation: batch.incarnation, maxKept };
    draft.rejects.add(by, batch.rejects);
    if (batch.keyed !== undefined) draft.keyed.set(batch.keyed.key, batch.keyed);
    const { incarnation, frontier, state } = batch;
    const progress = { incarnation, frontier, ...(state === undefined ? {} : { state }) };
    this.#move(draft, input, progress);
  }

  #move(draft: Draft, { id }: Input, to: Progress): void {
    const from = this.#progress.get(id);
    this.#progress.set(id, to);
    const ends = from !== undefined && from.incarnation !== to.incarnation;
    if (ends) {
      const { incarnation, frontier } = from;
      draft.ended.push({ connector: id, incarnation, finalFrontier: frontier });
    }
    const before = draft.moved.get(id) ?? [];
    const others = before.filter(({ incarnation }) => incarnation !== to.incarnation);
    draft.moved.set(id, [...others, to]);
  }
}

function emptyDraft(): Draft {
  return {
    changes: new Map(),
    ended: [],
    moved: new Map(),
    took: [],
    keyed: new Map(),
    rejects: new RejectCollector(),
    ingestedAtMs: new Map(),
    records: 0,
  };
}
