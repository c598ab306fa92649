/** An output: one connector of a view in a running pipeline, and the loop that feeds its sink. */

import { type ConnectorId } from "@tidemark/core";
import { type ConnectorDeclaration, type View } from "@tidemark/program";

import { type Clock } from "../clock.ts";
import { ConfigError } from "../config-error.ts";
import { type Engine } from "../engine.ts";
import { type Log } from "../log.ts";
import { type OutputStatus } from "../running-pipeline.ts";
import { type RefusedRow, RefusedRowsError, type Sink, type Taken } from "../sink.ts";
import { abortable } from "../abortable.ts";
import { Bell } from "./bell.ts";
import { type DeadLetters } from "./dead-letters.ts";
import { FaultLog } from "./fault-log.ts";
import { HeldSteps } from "./held-steps.ts";
import { type PipelineLimits } from "./options.ts";
import { type LoggedStep } from "./step-log.ts";

/** What an output is told of a step. */
export type OfferedStep = Pick<LoggedStep, "step" | "changedViews" | "changedRows">;

/** What an output is made with. */
export interface OutputOptions {
  readonly id: ConnectorId;
  readonly view: View;
  readonly declaration: ConnectorDeclaration;
  readonly sink: Sink;
  readonly engine: Pick<Engine, "changes">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly retryMs: PipelineLimits["retryMs"];
  /** The last step that is known to be taken, or to need no taking. */
  readonly taken: bigint;
  /** Where rows go that the target can never accept; absent where they are retried. */
  readonly deadLetters?: DeadLetters;
  /** How many rows it has given up, in all runs. */
  readonly deadLetterCount: () => number;
  /** Whether it starts paused. */
  readonly paused: boolean;
  /** Called after every change of what it has taken or of its trouble. */
  readonly changed: () => void;
}

/** One output, which takes the steps that changed its view in order, each until it succeeds. */
export class Output {
  readonly id: ConnectorId;
  readonly view: View;
  readonly endpoint: string;
  readonly #options: OutputOptions;
  readonly #work = new Bell();
  readonly #faults: FaultLog;
  readonly #encodeFaults: FaultLog;
  readonly #held: HeldSteps;
  /** Every step up to here was seen, whether it changed the view or not. */
  #seen: bigint;
  #paused: boolean;
  #trouble: string | undefined;
  /** What the step at hand was last refused for. */
  #refused = "";
  #records = 0;
  #bytes = 0;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.id = options.id;
    this.view = options.view;
    this.endpoint = `${options.view.id.name}.${options.declaration.name}`;
    this.#seen = options.taken;
    this.#paused = options.paused;
    const { outputBuffer } = options.declaration;
    this.#held = new HeldSteps(outputBuffer, () => options.clock.monotonicMs());
    this.#faults = new FaultLog(() => options.clock.wallMs());
    this.#encodeFaults = new FaultLog(() => options.clock.wallMs());
  }

  /** The last step of which nothing remains to be taken. */
  get taken(): bigint {
    const next = this.#held.first;
    return next === undefined ? this.#seen : next - 1n;
  }

  /** What it is retrying, where it is. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Whether a user has paused it: it keeps what it has not taken, and takes nothing. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Whether it holds changes back to deliver them together with later ones. */
  get isHoldingBack(): boolean {
    return this.#held.isHeldBack;
  }

  /** Takes notice of a committed step; those that it has taken before count for nothing. */
  offer({ step, changedViews, changedRows }: OfferedStep): void {
    if (step <= this.#seen) return;
    this.#seen = step;
    const { name } = this.view.id;
    if (!changedViews.has(name)) return;
    this.#held.add(step, changedRows?.get(name));
    this.#work.ring();
  }

  /** Pauses it after the step that it is taking, or has it go on where it stopped. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#work.ring();
  }

  /** Holds nothing back any more: the pipeline is about to stop. */
  flush(): void {
    this.#held.flush();
    this.#work.ring();
  }

  /** Feeds the sink until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#untilDue(signal);
      const step = this.#held.first;
      if (step === undefined) continue;
      if (!(await this.#takeWithRetries(step, signal))) continue;
      this.#held.shift();
      this.#trouble = undefined;
      this.#options.changed();
    }
  }

  async #untilDue(signal: AbortSignal): Promise<void> {
    while (!this.#mayTake) {
      const { dueInMs } = this.#held;
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      const count = this.#held.length;
      const rung = this.#work.until(() => this.#mayTake || this.#held.length > count, {
        signal: either,
      });
      const waits = [rung];
      if (dueInMs !== undefined && !this.#paused)
        waits.push(this.#options.clock.sleep(dueInMs, { signal: either }));
      try {
        await Promise.race(waits);
      } finally {
        over.abort(new Error("it is time"));
        await Promise.allSettled(waits);
      }
    }
  }

  get #mayTake(): boolean {
    return !this.#paused && this.#held.isDue;
  }

  /** Answers whether the step is taken: not where it was paused meanwhile. */
  async #takeWithRetries(step: bigint, signal: AbortSignal): Promise<boolean> {
    const { clock, random, retryMs, deadLetters } = this.#options;
    this.#refused = "";
    await deadLetters?.begin(step);
    for (let failures = 0; !this.#paused; failures += 1) {
      try {
        const taken = await this.#take(step, signal);
        if (taken === undefined) continue;
        this.#records += taken.records;
        this.#bytes += taken.bytes;
        return true;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof EngineFault) throw error.cause;
        this.#fail(error);
        const longest = Math.min(retryMs.first * 2 ** failures, retryMs.longest);
        await clock.sleep(longest * (0.5 + random() / 2), { signal });
      }
    }
    return false;
  }

  /** Answers undefined where rows were given up, so that the rest can be tried at once. */
  async #take(step: bigint, signal: AbortSignal): Promise<Taken | undefined> {
    const { sink, engine, deadLetters } = this.#options;
    const changes = engine.changes(this.view.id.name, step);
    const given = deadLetters?.without(changes) ?? changes;
    try {
      return await abortable(sink.take(step, given), signal);
    } catch (error) {
      if (!(error instanceof RefusedRowsError) || signal.aborted) throw error;
      this.#countRefused(error.rows);
      if (deadLetters === undefined || error.rows.length === 0) throw error;
      await deadLetters.give(error.rows).catch((cause: unknown) => {
        throw new EngineFault("what an output gave up could not be made durable", { cause });
      });
      return undefined;
    }
  }

  /** The same rows are counted once, however often they are tried. */
  #countRefused(rows: readonly RefusedRow[]): void {
    const messages = rows.map(({ message }) => message);
    const refused = messages.join("\n");
    if (refused === this.#refused) return;
    this.#refused = refused;
    for (const message of messages) this.#encodeFaults.add(message);
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // Encoders say so where a change can't be written as they are configured.
    if (error instanceof ConfigError) this.#encodeFaults.add(message);
    else if (!(error instanceof RefusedRowsError)) this.#faults.add(message);
    this.#options.log({
      level: "warn",
      message: "an output failed and will be tried again",
      endpoint: this.endpoint,
      error,
    });
    this.#trouble = message;
    this.#options.changed();
  }

  /** What the contract's stats show. */
  status(): OutputStatus {
    const buffered = this.isHoldingBack;
    return {
      id: this.id,
      view: this.view.id,
      name: this.#options.declaration.name,
      endpoint: this.endpoint,
      declaration: this.#options.declaration,
      fatalError: undefined,
      trouble: this.#trouble,
      paused: this.#paused,
      takenStep: this.taken,
      transmittedRecords: this.#records,
      transmittedBytes: this.#bytes,
      queuedRecords: buffered ? 0 : this.#held.records,
      queuedBatches: buffered ? 0 : this.#held.length,
      bufferedRecords: buffered ? this.#held.records : 0,
      bufferedBatches: buffered ? this.#held.length : 0,
      deadLetters: this.#options.deadLetterCount(),
      encodeErrorCount: this.#encodeFaults.count,
      transportErrorCount: this.#faults.count,
      encodeErrors: this.#encodeFaults.latest,
      transportErrors: this.#faults.latest,
    };
  }
}

/** The engine failed, not the sink: nothing is tried again. */
class EngineFault extends Error {}
