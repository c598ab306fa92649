/** What the service answers in tests: a pipeline, connectors and their figures. */

import {
  type InputStatus,
  type OutputStatus,
  type PipelineRecord,
  type PipelineStats,
} from "../service-answers.ts";

const AT = 1_700_000_000_000;

/** Branded values without their mints, which this package does not depend on. */
const minted: {
  readonly id: InputStatus["id"];
  readonly incarnation: InputStatus["received"]["incarnation"];
  readonly offset: InputStatus["received"]["frontier"]["positions"][number][1];
} = Object({ id: "c1", incarnation: "life-1", offset: 2n ** 60n });

/** A stopped pipeline that has just been created, but for the fields given. */
export function aRecord(fields: Partial<PipelineRecord> = {}): PipelineRecord {
  return {
    id: "01890000-0000-7000-8000-000000000001",
    tenant: "default",
    name: "p",
    description: "",
    tags: [],
    programCode: "CREATE TABLE t (a INT);",
    udfRust: "",
    udfToml: "",
    runtimeConfig: {},
    programConfig: {},
    createdAtMs: AT,
    version: 1,
    platformVersion: "0.1.0",
    programVersion: 1,
    programStatus: "Pending",
    programStatusSinceMs: AT,
    programErrors: [],
    systemError: undefined,
    programInfo: undefined,
    deploymentError: undefined,
    refreshVersion: 1,
    detailVersion: 1,
    storageStatus: "Cleared",
    deploymentId: undefined,
    deploymentInitial: undefined,
    bootstrap: undefined,
    resourcesStatus: "Stopped",
    resourcesStatusSinceMs: AT,
    resourcesDesired: "Stopped",
    resourcesDesiredSinceMs: AT,
    runtimeStatus: undefined,
    runtimeStatusSinceMs: undefined,
    runtimeDesired: undefined,
    runtimeDesiredSinceMs: undefined,
    outputsBehind: false,
    connectorPaused: {},
    ...fields,
  };
}

/** The fields of a pipeline that runs. */
export const RUNNING: Partial<PipelineRecord> = {
  deploymentId: "01890000-0000-7000-8000-0000000000dd",
  deploymentInitial: "Running",
  bootstrap: { policy: "reject", silent: true, concurrent: false },
  resourcesStatus: "Provisioned",
  resourcesDesired: "Provisioned",
  runtimeStatus: "Running",
  runtimeStatusSinceMs: AT + 1000,
  runtimeDesired: "Running",
  runtimeDesiredSinceMs: AT,
};

/** Stats of a pipeline with one input and one output. */
export function someStats(): PipelineStats {
  return {
    record: aRecord(RUNNING),
    totals: {
      initiatedSteps: 7n,
      processedSteps: 7n,
      completedSteps: 6n,
      totalInputRecords: 10,
      totalInputBytes: 100,
      totalProcessedRecords: 9,
      totalCompletedRecords: 8,
      bufferedInputRecords: 1,
      bufferedInputBytes: 10,
      outputStallMs: 0.4,
      storageBytes: 4096,
      startedAtMs: AT,
      complete: false,
    },
    inputs: [anInput()],
    outputs: [anOutput()],
    paused: false,
    life: "life",
  };
}

/** An input with one parse error. */
export function anInput(): InputStatus {
  const progress: InputStatus["received"] = {
    incarnation: minted.incarnation,
    frontier: { positions: [["0", minted.offset]] },
  };
  return {
    id: minted.id,
    table: { name: "T", quoted: true },
    name: "c",
    endpoint: "T.c",
    pushed: false,
    declaration: undefined,
    tells: { head: true, incarnationFrom: "the file" },
    level: "delivered",
    paused: false,
    waitingFor: [],
    endOfInput: false,
    fatalError: undefined,
    trouble: "no such file yet",
    refusal: undefined,
    received: progress,
    processed: progress,
    delivered: progress,
    completed: { progress, ingestedAtMs: 1000, processedAtMs: 2000, completedAtMs: 3000 },
    totalRecords: 10,
    totalBytes: 100,
    bufferedRecords: 1,
    bufferedBytes: 10,
    rejected: 1,
    parseErrorCount: 1,
    transportErrorCount: 0,
    parseErrors: [{ timestampMs: AT, index: 0, tag: null, message: "bad" }],
    transportErrors: [],
  };
}

/** An output that has met two errors. */
export function anOutput(): OutputStatus {
  return {
    id: minted.id,
    view: { name: "v", quoted: false },
    name: "o",
    endpoint: "v.o",
    declaration: {
      name: "o",
      transport: { name: "null_output", config: {} },
      paused: false,
      labels: [],
      startAfter: [],
      maxQueuedRecords: 1,
      maxQueuedBytes: 1,
      sendSnapshot: false,
      declared: {},
    },
    fatalError: undefined,
    trouble: undefined,
    paused: false,
    deadLetters: 4,
    takenStep: 6n,
    transmittedRecords: 5,
    transmittedBytes: 50,
    queuedRecords: 0,
    queuedBatches: 0,
    bufferedRecords: 0,
    bufferedBatches: 0,
    encodeErrors: [],
    encodeErrorCount: 0,
    transportErrorCount: 2,
    transportErrors: [],
  };
}
