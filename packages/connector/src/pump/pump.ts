/** The pump: reads, applies, commits, delivers and publishes, until it is stopped or fails. */

import { type Board, type ConnectorId, type PendingReason, StepHistory } from "@tidemark/core";

import { type Engine } from "../engine.ts";
import { Bell } from "./bell.ts";
import { Egress } from "./egress/egress.ts";
import { type Input } from "./input.ts";
import { type InputSet } from "./input-set.ts";
import { type PipelineOptions } from "./options.ts";
import { type Output } from "./output.ts";
import { outputReasons, pendingReasons } from "./pending-reasons.ts";
import { PushKeys } from "./push-keys.ts";
import { Publisher } from "./publisher.ts";
import { RejectTotals } from "./reject-totals.ts";
import { read } from "./reader.ts";
import { restoreLines, undeliveredSteps } from "./recovery.ts";
import { type Progress, type Source } from "../source.ts";
import { unfinishedLabels } from "./start-order.ts";
import { type LoggedStep, StepLog } from "./step-log.ts";
import { Stepper } from "./stepper.ts";

/** What a pump is made with. */
export interface PumpOptions extends Pick<
  PipelineOptions,
  "program" | "outputFormats" | "clock" | "log" | "limits" | "paused"
> {
  readonly engine: Engine;
  readonly board: Board;
  readonly inputs: InputSet;
}

/** Drives one pipeline. */
export class Pump {
  readonly inputs: InputSet;
  readonly publisher: Publisher;
  readonly stepper: Stepper;
  readonly keys: PushKeys;
  readonly egress: Egress;
  readonly rejects: RejectTotals;
  readonly #options: PumpOptions;
  readonly #outputs: readonly Output[];
  readonly #log: StepLog;
  readonly settled: Bell = new Bell();
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];
  readonly #failure = Promise.withResolvers<Error>();
  readonly #sources = new Map<ConnectorId, Source>();
  #paused: boolean;
  #draining = false;
  #processedRecords = 0;
  #completedRecords = 0;

  /** `makeOutputs` is told what to call after every change of an output. */
  constructor(options: PumpOptions, makeOutputs: (changed: () => void) => readonly Output[]) {
    const { engine, board, inputs, clock, limits } = options;
    this.#options = options;
    this.#paused = options.paused;
    this.inputs = inputs;
    this.#outputs = makeOutputs(() => {
      if (!this.#settle()) this.publisher.publishAll();
    });
    this.#log = recoverLog(engine, this.#outputs);
    const { delivered } = this.#log;
    const history = new StepHistory();
    this.publisher = new Publisher({
      board,
      monotonicMs: () => clock.monotonicMs(),
      log: options.log,
      life: engine.life,
      lines: restoreLines(engine.recovered, delivered, history),
      history,
      delivered,
      reasons: (connector) => this.#reasons(inputs.get(connector)),
    });
    const recovered = engine.recovered.keyed;
    this.keys = new PushKeys({ recovered, limits, wallMs: () => clock.wallMs() });
    this.rejects = new RejectTotals(engine.recovered.rejects, engine.life);
    this.stepper = new Stepper({
      engine,
      inputs,
      log: this.#log,
      keys: this.keys,
      rejects: this.rejects,
      maxStepRows: limits.maxStepRows,
      hasRoom: () => this.hasRoom(),
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs(),
      deliver: (step) => this.egress.deliver(step),
      committed: (step) => this.#committed(step),
    });
    this.egress = new Egress({
      program: options.program,
      engine,
      outputFormats: options.outputFormats,
      clock,
      limits: limits.egress,
      processed: () => this.#log.processed,
      betweenSteps: (work) => this.stepper.between(work),
      took: () => void this.#settle(),
      left: () => {
        if (!this.#settle()) this.publisher.publishAll();
      },
    });
  }

  /** Aborts with the reason why the pump ended. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  /** Resolves with the fault that ended the pump, should one do so. */
  get failure(): Promise<Error> {
    return this.#failure.promise;
  }

  get outputs(): readonly Output[] {
    return this.#outputs;
  }

  get log(): StepLog {
    return this.#log;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Records committed, and records delivered, since the pump started. */
  get records(): { readonly processed: number; readonly completed: number } {
    return { processed: this.#processedRecords, completed: this.#completedRecords };
  }

  /** Starts stepping, delivering, and reading the given sources. */
  start(sources: ReadonlyMap<Input, Source>): void {
    this.publisher.publishAll();
    this.#run(this.stepper.run(this.stopped));
    for (const output of this.#outputs) this.#run(output.run(this.stopped));
    for (const [input, source] of sources) {
      this.#sources.set(input.id, source);
      this.#tellSource(input.id, input.processed);
      this.#run(this.#read(input, source));
    }
  }

  /** Pauses or resumes reading; what is queued is processed all the same. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.changed();
  }

  /** To be called after a change that may set readers going or that holds up inputs. */
  changed(): void {
    for (const input of this.inputs) input.gate.ring();
    this.publisher.publishAll();
  }

  /** Takes what a source tells of trouble that it is getting over, or that it is over it. */
  tellTrouble(input: Input, error: string | undefined): void {
    input.trouble = error;
    const { endpoint } = input;
    if (error !== undefined) {
      input.addTransportError(error);
      this.#options.log({ level: "warn", message: "an input has trouble", endpoint, error });
    }
    this.publisher.publish(input.id);
  }

  /** Receives nothing more; resolves once all that was received is delivered, or on abort or a fault. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    for (const output of this.#outputs) output.flush();
    this.#settle();
    this.changed();
    const either = AbortSignal.any([signal, this.stopped]);
    await this.settled.until(() => this.#isSettled(), { signal: either }).catch(() => undefined);
  }

  /** Ends every loop for this reason and resolves when they have ended. */
  async stop(reason: Error): Promise<void> {
    this.#stop.abort(reason);
    this.egress.end();
    await Promise.all(this.#loops);
    await this.stepper.between(() => Promise.resolve());
  }

  #run(loop: Promise<void>): void {
    this.#loops.push(loop.catch((error: unknown) => this.#fail(error)));
  }

  #fail(error: unknown): void {
    if (this.stopped.aborted) return;
    const fault = error instanceof Error ? error : new Error(String(error), { cause: error });
    this.#options.log({ level: "error", message: "the pipeline failed", error: fault });
    this.#stop.abort(fault);
    this.egress.end(fault);
    this.#options.board.close("the pipeline failed; it has to be started again");
    this.#failure.resolve(fault);
  }

  #read(input: Input, source: Source): Promise<void> {
    return read({
      input,
      source,
      mayReceive: () => !this.#paused && !this.#draining && !input.paused,
      signal: this.stopped,
      changed: (what) => {
        this.stepper.wake();
        if (what === "ended") this.#releaseWaiting();
        if (what === "refused") {
          const { endpoint, refusal: error } = input;
          this.#options.log({
            level: "error",
            message: "an input stopped before a reject",
            endpoint,
            error,
          });
        }
        if (what === "failed") {
          const { endpoint, fatalError: error } = input;
          this.#options.log({ level: "error", message: "an input failed", endpoint, error });
        }
        if (what !== "received") this.publisher.publish(input.id);
      },
    });
  }

  #committed(step: LoggedStep): void {
    this.#log.add(step);
    this.#processedRecords += step.records;
    for (const output of this.#outputs) output.offer(step);
    for (const [id, progress] of step.moved) this.#tellSource(id, progress.at(-1));
    this.#settle();
    this.#releaseWaiting();
  }

  #tellSource(id: ConnectorId, progress: Progress | undefined): void {
    if (progress !== undefined) this.#sources.get(id)?.committed?.(progress);
  }

  /** Answers whether anything was newly delivered. */
  #settle(): boolean {
    const taken = deliveredBy(this.#outputs, this.#log.processed);
    // A stop waits for no subscriber: what it did not take is not lost, but still in its relation.
    const delivered = this.#draining ? taken : this.egress.taken(taken);
    const steps = this.#log.deliver(delivered);
    for (const step of steps) this.#complete(step);
    this.publisher.deliver(steps);
    this.stepper.wake();
    this.settled.ring();
    return steps.length > 0;
  }

  #complete({ records, moved, ingestedAtMs, processedAtMs }: LoggedStep): void {
    this.#completedRecords += records;
    const completedAtMs = this.#options.clock.wallMs();
    for (const [id, at] of ingestedAtMs) {
      const input = this.inputs.get(id);
      const progress = moved.get(id)?.at(-1);
      if (input === undefined || progress === undefined) continue;
      input.completed = { progress, ingestedAtMs: at, processedAtMs, completedAtMs };
    }
  }

  hasRoom(): boolean {
    if (this.#log.length >= this.#options.limits.maxUndeliveredSteps) return false;
    return this.#draining || this.egress.hasRoom;
  }

  #isSettled(): boolean {
    return (
      this.#outputs.every((output) => output.paused || output.taken >= this.#log.processed) &&
      this.inputs.all.every((input) => input.queue.isEmpty && !input.inStep)
    );
  }

  #releaseWaiting(): void {
    for (const input of this.inputs) {
      if (input.waitingFor.length === 0) continue;
      input.waitingFor = unfinishedLabels(this.inputs.all, input.waitingFor);
      if (input.waitingFor.length > 0) continue;
      input.gate.ring();
      this.publisher.publish(input.id);
    }
  }

  #reasons(input: Input | undefined): readonly PendingReason[] {
    const { processed } = this.#log;
    const { egress } = this;
    const around = { paused: this.#paused, outputs: this.#outputs, egress, processed };
    if (input === undefined) return outputReasons(around);
    return pendingReasons(input, around, this.#sources.get(input.id)?.holdup?.());
  }
}

function deliveredBy(outputs: readonly Output[], processed: bigint): bigint {
  return outputs.reduce((least, { taken }) => (taken < least ? taken : least), processed);
}

function recoverLog({ recovered }: Engine, outputs: readonly Output[]): StepLog {
  for (const step of recovered.undelivered) {
    for (const output of outputs) output.offer(step);
  }
  const delivered = deliveredBy(outputs, recovered.step);
  const log = new StepLog({ processed: recovered.step, delivered });
  for (const step of undeliveredSteps(recovered, delivered)) log.add(step);
  return log;
}
