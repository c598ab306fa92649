/** A pipeline that the embedded engine runs, as the service sees it. */

import { type Board, type Claim, type ConnectorId } from "@tidemark/core";

import { type Clock } from "../clock.ts";
import { type Engine, type QueryResult } from "../engine.ts";
import {
  type Basis,
  type InputStatus,
  type OutputStatus,
  type PipelineTotals,
  type Push,
  type Pushed,
  type RunningPipeline,
  type Subscribe,
  type Subscription,
} from "../running-pipeline.ts";
import { type Progress, type Source } from "../source.ts";
import { type TokenRejects } from "../reject.ts";
import { abortable } from "../abortable.ts";
import { closedFor } from "./closed-error.ts";
import { type Input } from "./input.ts";
import { type PipelineOptions } from "./options.ts";
import { type Pump } from "./pump.ts";
import { type PushEndpoints } from "./push-endpoints.ts";
import { Pusher } from "./push.ts";
import { RejectLookup } from "./reject-lookup.ts";
import { untilCommitted } from "./until-committed.ts";

/** What a pipeline is made of; all on the stack is disposed with it. */
export interface PipelineParts {
  readonly options: PipelineOptions;
  readonly board: Board;
  readonly pump: Pump;
  readonly sources: ReadonlyMap<Input, Source>;
  readonly endpoints: PushEndpoints;
  readonly stack: AsyncDisposableStack;
}

/** A started pump and everything around it. */
export class EmbeddedPipeline implements RunningPipeline {
  readonly board: Board;
  readonly life: string;
  readonly defaultBasis = "received";
  readonly #pump: Pump;
  readonly #engine: Engine;
  readonly #sources: ReadonlyMap<Input, Source>;
  readonly #stack: AsyncDisposableStack;
  readonly #pusher: Pusher;
  readonly #rejects: RejectLookup;
  readonly #closing = new AbortController();
  readonly #startedAtMs: number;
  readonly #clock: Clock;

  constructor({ options, board, pump, sources, endpoints, stack }: PipelineParts) {
    const { program, engine, inputFormats, clock } = options;
    this.board = board;
    this.life = engine.life;
    this.#pump = pump;
    this.#engine = engine;
    this.#sources = sources;
    this.#stack = stack;
    this.#clock = clock;
    this.#rejects = new RejectLookup(() => {
      const { rejects, publisher, log } = pump;
      return { engine, rejects, publisher, processed: log.processed };
    });
    this.#startedAtMs = clock.wallMs();
    const closed = this.#closing.signal;
    const wallMs = (): number => clock.wallMs();
    const { maxPushQueuedBytes: mostAtomicBytes } = options.limits;
    this.#pusher = new Pusher({
      program,
      inputFormats,
      endpoints,
      pump,
      mostAtomicBytes,
      wallMs,
      closed,
    });
    pump.stopped.addEventListener(
      "abort",
      () => this.#closing.abort(closedFor("it has stopped", pump.stopped.reason)),
      { once: true },
    );
  }

  get failure(): Promise<Error> {
    return this.#pump.failure;
  }

  get paused(): boolean {
    return this.#pump.paused;
  }

  pause(): void {
    this.#pump.setPaused(true);
  }

  resume(): void {
    this.#pump.setPaused(false);
  }

  inputs(): readonly InputStatus[] {
    const { rejects, inputs } = this.#pump;
    return inputs.all.map((input) => input.status(rejects.ofAll(input.id)));
  }

  outputs(): readonly OutputStatus[] {
    return [
      ...this.#pump.outputs.map((output) => output.status()),
      ...this.#pump.egress.statuses(),
    ];
  }

  async totals(): Promise<PipelineTotals> {
    const storageBytes = await this.#engine.storageBytes();
    const { log, stepper, records, inputs } = this.#pump;
    const sum = (of: (input: Input) => number): number =>
      inputs.all.reduce((total, input) => total + of(input), 0);
    const declared = inputs.all.filter(({ declaration }) => declaration !== undefined);
    return {
      initiatedSteps: stepper.initiated,
      processedSteps: log.processed,
      completedSteps: log.delivered,
      totalInputRecords: sum(({ totalRecords }) => totalRecords),
      totalInputBytes: sum(({ totalBytes }) => totalBytes),
      totalProcessedRecords: records.processed,
      totalCompletedRecords: records.completed,
      bufferedInputRecords: sum(({ queue }) => queue.records),
      bufferedInputBytes: sum(({ queue }) => queue.bytes),
      outputStallMs: stepper.stallMs,
      storageBytes,
      startedAtMs: this.#startedAtMs,
      complete:
        log.delivered === stepper.initiated &&
        inputs.all.every(({ queue }) => queue.isEmpty) &&
        declared.every(({ finished }) => finished),
    };
  }

  async position(
    id: ConnectorId,
    basis: Basis,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Progress | undefined> {
    signal.throwIfAborted();
    const input = this.#pump.inputs.get(id);
    if (input === undefined || basis === "received") return input?.received;
    const source = this.#sources.get(input);
    if (source?.head === undefined) return undefined;
    const either = AbortSignal.any([signal, this.#closing.signal]);
    const head = await abortable(source.head({ signal: either }), either);
    if (head.incarnation === input.received.incarnation) return head;
    // A claim on the old line would not cover what was written to the new one, and of that nothing was read.
    throw new Error(`the source of '${input.endpoint}' is not the one that was read last`);
  }

  async receipt(
    id: ConnectorId,
    text: string,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Progress | undefined> {
    const input = this.#pump.inputs.get(id);
    const source = input === undefined ? undefined : this.#sources.get(input);
    if (source?.receipt === undefined) return undefined;
    const either = AbortSignal.any([signal, this.#closing.signal]);
    return abortable(source.receipt(text, { signal: either }), either);
  }

  pace(id: ConnectorId): number | undefined {
    return this.board.pace(id, this.#clock.monotonicMs());
  }

  stepOf(connector: ConnectorId, progress: Progress): bigint | undefined {
    return this.#pump.publisher.stepOf(connector, progress);
  }

  rejected(claims: readonly Claim[], { limit }: { readonly limit: number }): Promise<TokenRejects> {
    return this.#rejects.of(claims, limit);
  }

  skipRejected(id: ConnectorId): void {
    const input = this.#pump.inputs.get(id);
    if (input?.refusal === undefined) return;
    input.refusal = undefined;
    this.#pump.changed();
  }

  setPaused(id: ConnectorId, paused: boolean): void {
    this.#pump.outputs.find((output) => output.id === id)?.setPaused(paused);
    const input = this.#pump.inputs.get(id);
    if (input === undefined) return this.#pump.changed();
    input.pausedByUser = paused;
    if (!paused) input.waitingFor = [];
    this.#pump.changed();
  }

  push(push: Push): Promise<Pushed> {
    return this.#pusher.push(push);
  }

  /** While it is paused, what was taken in before is committed first: an acknowledged push is seen. */
  async query(sql: string, options: { readonly signal: AbortSignal }): Promise<QueryResult> {
    if (this.paused) await untilCommitted(this.#pump, options);
    return this.#engine.query(sql, options);
  }

  async subscribe(subscribe: Subscribe): Promise<Subscription> {
    this.#closing.signal.throwIfAborted();
    return this.#pump.egress.subscribe(subscribe);
  }

  async drain({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.#closing.abort(closedFor("it is being stopped"));
    await this.#pump.drain(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(closedFor("it has stopped"));
    await this.#pump.stop(closedFor("it has stopped"));
    this.board.close("the pipeline has stopped");
    await this.#stack.disposeAsync();
  }
}
