/** A pipeline's stats as the documented JSON. */

import { CONTRACT_VERSION } from "./contract-version.ts";
import { inputJson, inputSummaryJson, outputJson, outputSummaryJson } from "./connector-json.ts";
import { type JsonObject, type PipelineStats } from "./service-answers.ts";

/** What the machine tells of this process. */
export interface Usage {
  readonly rssBytes: number;
  /** Processor time since it began. */
  readonly cpuMs: number;
}

/** What stats need besides the service's own figures. */
export interface StatsContext {
  readonly nowMs: number;
  readonly usage: Usage;
  readonly includeErrors: boolean;
}

/** The documented top-level keys, all of them and no others. */
export function statsJson(stats: PipelineStats, context: StatsContext): JsonObject {
  const { inputs, outputs, totals } = stats;
  const input = context.includeErrors ? inputJson : inputSummaryJson;
  const output = context.includeErrors ? outputJson : outputSummaryJson;
  return {
    global_metrics: globalMetricsJson(stats, context),
    suspend_error: null,
    checkpoint_activity: { status: "idle" },
    permanent_checkpoint_errors: null,
    inputs: inputs.map(input),
    outputs: outputs.map((one) => output(one, totals)),
  };
}

function globalMetricsJson(stats: PipelineStats, context: StatsContext): JsonObject {
  const { totals, record } = stats;
  const uptimeMs = Math.max(0, Math.round(context.nowMs - totals.startedAtMs));
  const startTime = Math.floor(totals.startedAtMs / 1000);
  return {
    state: stats.paused ? "Paused" : "Running",
    platform_version: CONTRACT_VERSION,
    runtime_version: CONTRACT_VERSION,
    ...IDLE_METRICS,
    rss_bytes: context.usage.rssBytes,
    cpu_msecs: Math.round(context.usage.cpuMs),
    uptime_msecs: uptimeMs,
    start_time: startTime,
    incarnation_uuid: record.deploymentId ?? stats.life,
    initial_start_time: startTime,
    storage_bytes: totals.storageBytes,
    storage_mb_secs: 0,
    runtime_elapsed_msecs: uptimeMs,
    buffered_input_records: totals.bufferedInputRecords,
    buffered_input_bytes: totals.bufferedInputBytes,
    total_input_records: totals.totalInputRecords,
    total_input_bytes: totals.totalInputBytes,
    total_processed_records: totals.totalProcessedRecords,
    total_processed_bytes: totals.totalInputBytes - totals.bufferedInputBytes,
    total_completed_records: totals.totalCompletedRecords,
    output_stall_msecs: Math.round(totals.outputStallMs),
    total_initiated_steps: Number(totals.initiatedSteps),
    total_completed_steps: Number(totals.completedSteps),
    pipeline_complete: totals.complete,
  };
}

/** What is about bootstrapping, transactions of users and memory limits, which there are none of. */
const IDLE_METRICS = {
  bootstrap_in_progress: false,
  transaction_status: "NoTransaction",
  transaction_id: 0,
  transaction_msecs: null,
  transaction_records: null,
  commit_progress: null,
  transaction_initiators: {
    transaction_id: null,
    initiated_by_api: null,
    initiated_by_connectors: {},
  },
  concurrent_bootstrap_phase: "Inactive",
  concurrent_bootstrap_progress: null,
  memory_pressure: "low",
  memory_pressure_epoch: 0,
} as const;
