/** What the service is built from: everything outside it comes in here. */

import {
  type Compiled,
  type Log,
  type OutputColumn,
  type PipelineRecord,
  type Registry,
  type RunningPipeline,
} from "@tidemark/connector";
import { type Sealer } from "@tidemark/core";
import { type ConnectorDeclaration, type Program, type Table, type View } from "@tidemark/program";

import { type EngineKind } from "./pipelines/engine-kind.ts";

/** What a pipeline is deployed from. */
export interface Deployment {
  /** As it stands while provisioning; `connectorPaused` says what users started or paused. */
  readonly record: PipelineRecord;
  readonly program: Program;
  /** Whether it starts paused. */
  readonly paused: boolean;
  /** Aborted when the pipeline is stopped before the deployment is there. */
  readonly signal: AbortSignal;
  /** Takes what happens to it into the pipeline's own log, which its users read; never throws. */
  readonly log: Log;
}

/** Runs things later. */
export interface Scheduler {
  /** Calls `run` after so many milliseconds; answers how to cancel. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` in a later turn of the event loop, after what is waiting now. */
  nextTurn(run: () => void): void;
}

/** Something that operators may want to know. */
export interface ServiceEvent {
  readonly level: "info" | "warn" | "error";
  /** One sentence, without names that change from event to event. */
  readonly message: string;
  readonly pipeline?: string;
  readonly error?: unknown;
}

/** How much of everything there may be. */
export interface Limits {
  readonly maxPipelines: number;
  readonly maxWaiters: number;
  readonly maxWaitMs: number;
  readonly maxTokenLength: number;
  readonly maxJoinedTokens: number;
  /** How long a push into a paused pipeline waits for it to be resumed. */
  readonly pausedPushMs: number;
  readonly queryMs: number;
  /** How long a stop without force drains before it gives up. */
  readonly drainMs: number;
  /** How long the end of a pipeline is waited for before it goes on in the background. */
  readonly disposeMs: number;
  /** After this long a pipeline that is still being recovered no longer holds up `ready`. */
  readonly recoveryMs: number;
}

/** What serves one machine well. */
export const DEFAULT_LIMITS: Limits = {
  maxPipelines: 1000,
  maxWaiters: 1_000_000,
  maxWaitMs: 600_000,
  maxTokenLength: 65_536,
  maxJoinedTokens: 10_000,
  pausedPushMs: 30_000,
  queryMs: 60_000,
  drainMs: 60_000,
  disposeMs: 10_000,
  recoveryMs: 10_000,
};

/** What the service is built from. */
export interface ServiceOptions {
  readonly registry: Registry;
  /** Checks that an engine of this kind can run the program; changes nothing. */
  readonly compile: (program: Program, engine: EngineKind) => Promise<Compiled>;
  /** Opens engine and pump; a fault that the user can mend is a `ConfigError`. */
  readonly deploy: (deployment: Deployment) => Promise<RunningPipeline>;
  /** Removes a stopped pipeline's storage; also when there is none. */
  readonly clear: (pipelineId: string) => Promise<void>;
  /** Throws `ConfigError` for a connector that can't be opened as it is declared. No I/O. */
  readonly validateConnector: (
    relation: Table | View,
    connector: ConnectorDeclaration,
    engine: EngineKind,
    /** A view's, once the engine has told them. */
    columns?: readonly OutputColumn[],
  ) => void;
  readonly sealer: Sealer;
  readonly clock: { wallMs(): number };
  readonly scheduler: Scheduler;
  /** A fresh UUIDv7 in lower case. */
  readonly newId: () => string;
  /** So many letters and digits that nobody can guess. */
  readonly newSecret: (length: number) => string;
  /** Must not throw. */
  readonly log: (event: ServiceEvent) => void;
  readonly platformVersion: string;
  readonly limits?: Partial<Limits>;
}

/** Node's timers. A timer that is waited for doesn't keep the program running. */
export const SYSTEM_SCHEDULER: Scheduler = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  nextTurn(run) {
    setImmediate(run);
  },
};
