/** The lifecycle: what each action and each event makes of a pipeline's record, or why it may not. */

import { isDeepStrictEqual } from "node:util";

import { type Bootstrap, type ErrorEnvelope, type PipelineRecord } from "@tidemark/connector";

import {
  bootstrapPolicyImmutableUnlessStopped,
  cannotStartWhileClearingStorage,
  cannotStartWithCompilationError,
  cannotStartWithUndismissedError,
  dismissErrorRestrictedToFullyStopped,
  illegalPipelineAction,
  initialImmutableUnlessStopped,
  storageStatusImmutableUnlessStopped,
} from "../errors/lifecycle.ts";

/** The states that a pipeline can be started in. */
export type Initial = "Running" | "Paused";

/** True when the pipeline is stopped and is to stay so. */
export function fullyStopped(record: PipelineRecord): boolean {
  return record.resourcesStatus === "Stopped" && record.resourcesDesired === "Stopped";
}

/** True when the program was compiled in vain. */
export function failedToCompile(record: PipelineRecord): boolean {
  return record.programStatus === "SqlError" || record.programStatus === "SystemError";
}

/** A user asks for it to run. */
export function start(
  record: PipelineRecord,
  initial: Initial,
  options: {
    readonly bootstrap: Bootstrap;
    readonly dismissError: boolean;
    readonly nowMs: number;
  },
): PipelineRecord {
  if (record.resourcesDesired === "Provisioned") {
    if (record.deploymentInitial !== initial) throw initialImmutableUnlessStopped();
    if (!isDeepStrictEqual(record.bootstrap, options.bootstrap)) {
      throw bootstrapPolicyImmutableUnlessStopped();
    }
    return record;
  }
  if (record.resourcesStatus !== "Stopped") throw illegalPipelineAction(record);
  if (record.deploymentError !== undefined && !options.dismissError) {
    throw cannotStartWithUndismissedError();
  }
  if (record.storageStatus === "Clearing") throw cannotStartWhileClearingStorage();
  if (failedToCompile(record)) throw cannotStartWithCompilationError();
  return {
    ...record,
    deploymentError: undefined,
    deploymentInitial: initial,
    bootstrap: options.bootstrap,
    resourcesDesired: "Provisioned",
    resourcesDesiredSinceMs: options.nowMs,
  };
}

/** A user asks for it to stop. */
export function stop(record: PipelineRecord, nowMs: number): PipelineRecord {
  if (record.resourcesDesired === "Stopped") return record;
  return {
    ...record,
    deploymentInitial: undefined,
    bootstrap: undefined,
    resourcesDesired: "Stopped",
    resourcesDesiredSinceMs: nowMs,
    runtimeDesired: undefined,
    runtimeDesiredSinceMs: undefined,
  };
}

/** It could not be deployed, or ended by itself. */
export function fail(record: PipelineRecord, error: ErrorEnvelope, nowMs: number): PipelineRecord {
  return { ...stop(record, nowMs), deploymentError: error };
}

/** What a deployment begins with. */
export interface Provisioning {
  readonly deploymentId: string;
  /** Whether the program has outputs. */
  readonly outputs: boolean;
  readonly nowMs: number;
}

/** Resources are being taken for it; from here on it may hold data. */
export function provision(
  record: PipelineRecord,
  { deploymentId, outputs, nowMs }: Provisioning,
): PipelineRecord {
  if (record.resourcesDesired !== "Provisioned" || record.resourcesStatus !== "Stopped") {
    return record;
  }
  return {
    ...record,
    deploymentId,
    storageStatus: "InUse",
    outputsBehind: record.outputsBehind || outputs,
    resourcesStatus: "Provisioning",
    resourcesStatusSinceMs: nowMs,
  };
}

/** It is deployed, and runs or is paused. */
export function deployed(record: PipelineRecord, runtime: Initial, nowMs: number): PipelineRecord {
  if (record.resourcesDesired !== "Provisioned" || record.resourcesStatus !== "Provisioning") {
    return record;
  }
  return {
    ...record,
    resourcesStatus: "Provisioned",
    resourcesStatusSinceMs: nowMs,
    ...runtimeAt(runtime, nowMs),
  };
}

/** A user pauses or resumes it. */
export function setRuntime(
  record: PipelineRecord,
  runtime: Initial,
  nowMs: number,
): PipelineRecord {
  if (record.runtimeStatus === runtime || record.resourcesStatus !== "Provisioned") return record;
  return { ...record, ...runtimeAt(runtime, nowMs) };
}

/** It is being drained and ended. */
export function stopping(record: PipelineRecord, nowMs: number): PipelineRecord {
  return {
    ...record,
    resourcesStatus: "Stopping",
    resourcesStatusSinceMs: nowMs,
    runtimeStatus: undefined,
    runtimeStatusSinceMs: undefined,
  };
}

/** It has ended. */
export function stopped(
  record: PipelineRecord,
  nowMs: number,
  { delivered }: { readonly delivered: boolean } = { delivered: false },
): PipelineRecord {
  return {
    ...record,
    outputsBehind: record.outputsBehind && !delivered,
    deploymentId: undefined,
    resourcesStatus: "Stopped",
    resourcesStatusSinceMs: nowMs,
    runtimeStatus: undefined,
    runtimeStatusSinceMs: undefined,
  };
}

/** A user asks for its storage to be removed. */
export function clearing(record: PipelineRecord): PipelineRecord {
  if (!fullyStopped(record)) throw storageStatusImmutableUnlessStopped(record);
  return record.storageStatus === "InUse" ? { ...record, storageStatus: "Clearing" } : record;
}

/** Its storage is gone, and with it what users did to its connectors. */
export function cleared(record: PipelineRecord): PipelineRecord {
  return { ...record, storageStatus: "Cleared", outputsBehind: false, connectorPaused: {} };
}

/** A user has seen its deployment error. */
export function dismissError(record: PipelineRecord): PipelineRecord {
  if (record.deploymentError === undefined) return record;
  if (!fullyStopped(record)) throw dismissErrorRestrictedToFullyStopped();
  return { ...record, deploymentError: undefined };
}

/** The server starts again: nothing runs yet, and what was under way begins anew. */
export function recovered(record: PipelineRecord, nowMs: number): PipelineRecord {
  const { programStatus } = record;
  const compiling =
    programStatus === "CompilingSql" ||
    programStatus === "SqlCompiled" ||
    programStatus === "CompilingRust";
  const at = record.resourcesStatus === "Stopped" ? record : stopped(record, nowMs);
  return compiling ? { ...at, programStatus: "Pending", programStatusSinceMs: nowMs } : at;
}

function runtimeAt(
  runtime: Initial,
  nowMs: number,
): Pick<
  PipelineRecord,
  "runtimeStatus" | "runtimeStatusSinceMs" | "runtimeDesired" | "runtimeDesiredSinceMs"
> {
  return {
    runtimeStatus: runtime,
    runtimeStatusSinceMs: nowMs,
    runtimeDesired: runtime,
    runtimeDesiredSinceMs: nowMs,
  };
}
