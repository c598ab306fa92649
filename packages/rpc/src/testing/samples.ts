/** What a service answers, with every field set, for tests. */

import { connectorId, frontier, incarnation } from "@tidemark/core";
import {
  type InputStatus,
  type OutputStatus,
  type PipelineRecord,
  type PipelineTotals,
  type Service,
} from "@tidemark/service";

/** A running pipeline. */
export const RECORD: PipelineRecord = {
  id: "01890000-0000-7000-8000-000000000001",
  tenant: "default",
  name: "p",
  description: "d",
  tags: ["x", "y"],
  programCode: "CREATE TABLE t (i INT)",
  udfRust: "r",
  udfToml: "o",
  runtimeConfig: { workers: 8, nested: { list: [1, null, "a"] } },
  programConfig: { profile: "optimized" },
  createdAtMs: 1_700_000_000_123,
  version: 2,
  platformVersion: "0.1.0",
  programVersion: 3,
  programStatus: "Success",
  programStatusSinceMs: 1_700_000_001_000,
  programErrors: [
    {
      span: { startLine: 1, startColumn: 2, endLine: 3, endColumn: 4 },
      warning: true,
      errorType: "Unused",
      message: "m",
      snippet: "s",
    },
  ],
  systemError: "full disk",
  programInfo: { schema: { inputs: [] } },
  deploymentError: { message: "dm", errorCode: "InitializationError", details: { error: "e" } },
  refreshVersion: 9,
  detailVersion: 4,
  storageStatus: "InUse",
  deploymentId: "01890000-0000-7000-8000-000000000002",
  deploymentInitial: "Running",
  bootstrap: { policy: "await_approval", silent: false, concurrent: false },
  resourcesStatus: "Provisioned",
  resourcesStatusSinceMs: 1_700_000_002_000,
  resourcesDesired: "Provisioned",
  resourcesDesiredSinceMs: 1_700_000_002_000,
  runtimeStatus: "Running",
  runtimeStatusSinceMs: 1_700_000_003_000,
  runtimeDesired: "Running",
  runtimeDesiredSinceMs: 1_700_000_003_000,
  outputsBehind: false,
  connectorPaused: {},
};

/** What `RECORD` reads as, but for times and JSON values, which clients spell in their own ways. */
export const RECORD_ANSWER: object = {
  id: RECORD.id,
  name: "p",
  description: "d",
  tags: ["x", "y"],
  programCode: RECORD.programCode,
  udfRust: "r",
  udfToml: "o",
  version: "2",
  programVersion: "3",
  refreshVersion: "4",
  platformVersion: "0.1.0",
  programStatus: "Success",
  deploymentStatus: "Running",
  deploymentDesiredStatus: "Running",
  storageStatus: "InUse",
  systemError: "full disk",
  deploymentId: "01890000-0000-7000-8000-000000000002",
  programErrors: [
    {
      startLine: 1,
      startColumn: 2,
      endLine: 3,
      endColumn: 4,
      warning: true,
      errorType: "Unused",
      message: "m",
      snippet: "s",
    },
  ],
  deploymentError: { errorCode: "InitializationError", message: "dm" },
};

const LIFE = incarnation("life");

/** An input connector that met an error of each kind. */
export const INPUT: InputStatus = {
  id: connectorId("c1"),
  table: { name: "t", quoted: false },
  name: "c",
  endpoint: "t.c",
  pushed: true,
  declaration: undefined,
  tells: { head: true, incarnationFrom: "the test" },
  level: "delivered",
  paused: true,
  waitingFor: ["first"],
  endOfInput: true,
  fatalError: "gone",
  trouble: "slow",
  refusal: "bad record",
  received: { incarnation: LIFE, frontier: frontier([["a", 18_446_744_073_709_551_615n]]) },
  processed: { incarnation: LIFE, frontier: frontier([["a", 2n]]) },
  delivered: { incarnation: LIFE, frontier: frontier([["a", 1n]]) },
  completed: {
    progress: { incarnation: LIFE, frontier: frontier([["a", 1n]]) },
    ingestedAtMs: 1000,
    processedAtMs: 2000,
    completedAtMs: 3000,
  },
  totalRecords: 10,
  totalBytes: 11,
  bufferedRecords: 12,
  bufferedBytes: 13,
  rejected: 16,
  parseErrorCount: 14,
  transportErrorCount: 15,
  parseErrors: [{ timestampMs: 1000, index: 0, tag: "bad", message: "pm" }],
  transportErrors: [{ timestampMs: 2000, index: 1, tag: null, message: "tm" }],
};

/** What `INPUT` reads as. */
export const INPUT_ANSWER: object = {
  endpoint: "t.c",
  table: "t",
  connector: "c",
  pushed: true,
  paused: true,
  waitingFor: ["first"],
  endOfInput: true,
  fatalError: "gone",
  trouble: "slow",
  refusal: "bad record",
  rejected: "16",
  received: [{ partition: "a", offset: "18446744073709551615" }],
  processed: [{ partition: "a", offset: "2" }],
  delivered: [{ partition: "a", offset: "1" }],
  completed: { incarnation: "life", positions: [{ partition: "a", offset: "1" }] },
  totalRecords: "10",
  totalBytes: "11",
  bufferedRecords: "12",
  bufferedBytes: "13",
  parseErrorCount: "14",
  transportErrorCount: "15",
  parseErrors: [{ index: "0", tag: "bad", message: "pm" }],
  transportErrors: [{ index: "1", message: "tm" }],
  incarnation: "life",
  tellsHead: true,
};

/** An output connector that met an error. */
export const OUTPUT: OutputStatus = {
  id: connectorId("o1"),
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
  trouble: "retrying",
  paused: true,
  deadLetters: 8,
  takenStep: 9n,
  transmittedRecords: 1,
  transmittedBytes: 2,
  queuedRecords: 3,
  queuedBatches: 4,
  bufferedRecords: 0,
  bufferedBatches: 0,
  encodeErrors: [],
  encodeErrorCount: 5,
  transportErrorCount: 6,
  transportErrors: [{ timestampMs: 3000, index: 2, tag: "net", message: "om" }],
};

/** What `OUTPUT` reads as. */
export const OUTPUT_ANSWER: object = {
  endpoint: "v.o",
  view: "v",
  connector: "o",
  paused: true,
  deadLetters: "8",
  trouble: "retrying",
  takenStep: "9",
  transmittedRecords: "1",
  transmittedBytes: "2",
  queuedRecords: "3",
  queuedBatches: "4",
  encodeErrorCount: "5",
  transportErrorCount: "6",
  transportErrors: [{ index: "2", tag: "net", message: "om" }],
};

/** Counters, each different. */
export const TOTALS: PipelineTotals = {
  initiatedSteps: 1n,
  processedSteps: 2n,
  completedSteps: 3n,
  totalInputRecords: 4,
  totalInputBytes: 5,
  totalProcessedRecords: 6,
  totalCompletedRecords: 7,
  bufferedInputRecords: 8,
  bufferedInputBytes: 9,
  outputStallMs: 10,
  storageBytes: 11,
  startedAtMs: 12,
  complete: true,
};

/** What `TOTALS` reads as. */
export const TOTALS_ANSWER: object = {
  initiatedSteps: "1",
  processedSteps: "2",
  inputRecords: "4",
  inputBytes: "5",
  processedRecords: "6",
  completedRecords: "7",
  bufferedRecords: "8",
  bufferedBytes: "9",
  storageBytes: "11",
};

/** An API key. */
export const KEY: Awaited<ReturnType<Service["keys"]["get"]>> = {
  id: "01890000-0000-7000-8000-000000000001",
  tenant: "default",
  name: "k",
  role: "write",
  digest: "secret",
  createdAtMs: 1_700_000_000_000,
};

/** The same as a message. */
export const KEY_ANSWER: object = {
  id: "01890000-0000-7000-8000-000000000001",
  name: "k",
  role: "write",
};
