/** Options: what a pipeline is opened with. */

import { type Program } from "@tidemark/program";

import { type Clock } from "../clock.ts";
import { type Engine } from "../engine.ts";
import { type InputFormat, type OutputFormat } from "../format.ts";
import { type Log } from "../log.ts";
import { type SecretLookup } from "../secrets/reference.ts";
import { type DurableCell, type SinkFactory } from "../sink.ts";
import { type PushSourceFactory, type SourceFactory } from "../source.ts";

/** Bounds on what one pipeline may take up. */
export interface PipelineLimits {
  /** Rows that one step takes; more inputs share it. A batch is never split. */
  readonly maxStepRows: number;
  /** Endpoints that pushes may create: one per table and format. */
  readonly maxPushEndpoints: number;
  /** Records that may wait at one push endpoint. */
  readonly maxPushQueuedRecords: number;
  /** Bytes that may wait at one push endpoint. */
  readonly maxPushQueuedBytes: number;
  /** Idempotency keys that are kept; the oldest are forgotten. */
  readonly maxPushKeys: number;
  /** How long a key is kept after it was last pushed under. */
  readonly maxPushKeyAgeMs: number;
  /** Steps that outputs may lag behind before no new step is begun. */
  readonly maxUndeliveredSteps: number;
  /** Bounds on subscriptions. */
  readonly egress: {
    readonly maxSubscriptions: number;
    /** Bytes that may wait for one subscriber before chunks are dropped or the pipeline is held up. */
    readonly maxQueuedBytes: number;
    /** After so long without data a chunk without any is sent. */
    readonly keepAliveMs: number;
  };
  /** The first and the longest pause before an output is tried again. */
  readonly retryMs: { readonly first: number; readonly longest: number };
}

/** The bounds of the contract, and ours where it has none. */
export const DEFAULT_LIMITS: PipelineLimits = {
  maxStepRows: 100_000,
  maxPushEndpoints: 100,
  maxPushQueuedRecords: 100_000,
  maxPushQueuedBytes: 100_000_000,
  maxPushKeys: 10_000,
  maxPushKeyAgeMs: 86_400_000,
  maxUndeliveredSteps: 10_000,
  egress: { maxSubscriptions: 1000, maxQueuedBytes: 16_777_216, keepAliveMs: 3000 },
  retryMs: { first: 100, longest: 30_000 },
};

/** What a pipeline is opened with. */
export interface PipelineOptions {
  readonly program: Program;
  /** Open; the pipeline owns it from the call on and disposes it, also where opening fails. */
  readonly engine: Engine;
  /** By the transport's name, as the next three. */
  readonly sources: ReadonlyMap<string, SourceFactory>;
  readonly sinks: ReadonlyMap<string, SinkFactory>;
  readonly inputFormats: ReadonlyMap<string, InputFormat>;
  readonly outputFormats: ReadonlyMap<string, OutputFormat>;
  readonly pushSource: PushSourceFactory;
  /** What connectors refer to. */
  readonly secrets: SecretLookup;
  /** A durable text per name, gone when the engine's storage is cleared. */
  readonly cell: (name: string) => DurableCell;
  /** The path of a folder per name, which need not be there; gone with the engine's storage as well. */
  readonly directory: (name: string) => string;
  readonly clock: Clock;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  readonly limits: PipelineLimits;
  /** Connectors that a user started (`false`) or paused (`true`) against their declaration, by endpoint. */
  readonly connectorPaused: Readonly<Record<string, boolean>>;
  /** Whether the pipeline starts paused. */
  readonly paused: boolean;
}
