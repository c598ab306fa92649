/** A pipeline that someone else's engine runs, as the service sees it: its progress is observed. */

import { type Board, type Claim, type ConnectorId } from "@tidemark/core";

import { abortable } from "../abortable.ts";
import { type Clock } from "../clock.ts";
import { type QueryResult } from "../engine.ts";
import {
  type Basis,
  type InputStatus,
  type OutputStatus,
  type PipelineTotals,
  type Pushed,
  type RunningPipeline,
  type Subscription,
} from "../running-pipeline.ts";
import { type Progress } from "../source.ts";
import { ExternalEngineError } from "./external-engine-error.ts";
import { type ObservedInput } from "./observed-input.ts";

/** What an observed pipeline is made of; all on the stack is disposed with it. */
export interface ObservedParts {
  readonly life: string;
  readonly board: Board;
  readonly inputs: ReadonlyMap<ConnectorId, ObservedInput>;
  readonly closing: AbortController;
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly stack: AsyncDisposableStack;
}

/** Observes while someone asks. Pausing it changes nothing: the engine is not ours to pause. */
export class ObservedPipeline implements RunningPipeline {
  readonly life: string;
  readonly board: Board;
  readonly defaultBasis = "head";
  readonly failure: Promise<Error> = new Promise(() => {});
  readonly #parts: ObservedParts;
  readonly paused = false;

  constructor(parts: ObservedParts) {
    this.life = parts.life;
    this.board = parts.board;
    this.#parts = parts;
  }

  pause(): void {
    throw new ExternalEngineError("pause");
  }

  resume(): void {
    throw new ExternalEngineError("resume");
  }

  inputs(): readonly InputStatus[] {
    return [...this.#parts.inputs.values()].map((input) => input.status());
  }

  outputs(): readonly OutputStatus[] {
    return [];
  }

  async totals(): Promise<PipelineTotals> {
    return {
      initiatedSteps: 0n,
      processedSteps: 0n,
      completedSteps: 0n,
      totalInputRecords: 0,
      totalInputBytes: 0,
      totalProcessedRecords: 0,
      totalCompletedRecords: 0,
      bufferedInputRecords: 0,
      bufferedInputBytes: 0,
      outputStallMs: 0,
      storageBytes: 0,
      startedAtMs: this.#parts.startedAtMs,
      complete: false,
    };
  }

  async refresh(
    claims: readonly Claim[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<void> {
    const { inputs } = this.#parts;
    const readings = claims.flatMap(
      (claim) => inputs.get(claim.connector)?.refresh(claim, { signal }) ?? [],
    );
    await Promise.all(readings);
  }

  attend(claims: readonly Claim[]): () => void {
    const leave = claims.map((claim) => this.#parts.inputs.get(claim.connector)?.attend(claim));
    return () => {
      for (const each of leave) each?.();
    };
  }

  async position(
    id: ConnectorId,
    basis: Basis,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Progress | undefined> {
    const input = this.#parts.inputs.get(id);
    if (input === undefined || basis === "received") return undefined;
    const either = AbortSignal.any([signal, this.#parts.closing.signal]);
    return abortable(input.observer.head({ signal: either }), either);
  }

  async receipt(
    id: ConnectorId,
    text: string,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Progress | undefined> {
    const observer = this.#parts.inputs.get(id)?.observer;
    if (observer?.receipt === undefined) return undefined;
    const either = AbortSignal.any([signal, this.#parts.closing.signal]);
    return abortable(observer.receipt(text, { signal: either }), either);
  }

  pace(id: ConnectorId): number | undefined {
    return this.board.pace(id, this.#parts.clock.monotonicMs());
  }

  provedBy(claims: readonly Claim[]): "commit" | undefined {
    const { inputs } = this.#parts;
    return claims.some(({ connector }) => inputs.get(connector)?.observer.tells.by === "commit")
      ? "commit"
      : undefined;
  }

  /** The steps are the engine's own, and not seen from here. */
  stepOf(): bigint | undefined {
    return undefined;
  }

  setPaused(): void {
    throw new ExternalEngineError("start or pause of a connector");
  }

  skipRejected(): void {
    throw new ExternalEngineError("start or pause of a connector");
  }

  async push(): Promise<Pushed> {
    throw new ExternalEngineError("ingress");
  }

  async subscribe(): Promise<Subscription> {
    throw new ExternalEngineError("egress");
  }

  async query(): Promise<QueryResult> {
    throw new ExternalEngineError("query");
  }

  async drain(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.closing.abort(new Error("the observation of the pipeline has ended"));
    this.board.close("the observation of the pipeline has ended");
    await this.#parts.stack.disposeAsync();
  }
}
