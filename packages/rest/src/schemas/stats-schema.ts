/** A pipeline's stats, as the document describes them. */

import { z } from "zod";

import { INPUT_SUMMARY, OUTPUT_SUMMARY } from "./connector-schemas.ts";
import { COUNT, UUID } from "./values.ts";

const GLOBAL_METRICS = z
  .object({
    state: z
      .enum(["Paused", "Running", "Terminated"])
      .meta({ id: "PipelineState", description: "What the pipeline does." }),
    platform_version: z.string().describe("The version of the API that it answers as."),
    runtime_version: z.string().describe("The same: there is one runtime, the server."),
    bootstrap_in_progress: z.boolean(),
    transaction_status: z
      .enum(["NoTransaction", "TransactionInProgress", "CommitInProgress"])
      .meta({ id: "TransactionStatus", description: "Always `NoTransaction` here." }),
    transaction_id: COUNT,
    transaction_msecs: COUNT.nullable(),
    transaction_records: COUNT.nullable(),
    commit_progress: z.null(),
    transaction_initiators: z
      .object({
        transaction_id: COUNT.nullable(),
        initiated_by_api: z.null(),
        initiated_by_connectors: z.object({}),
      })
      .meta({
        id: "TransactionInitiators",
        description: "Nobody: there are no such transactions.",
      }),
    concurrent_bootstrap_phase: z
      .enum(["Inactive", "ConcurrentBootstrapping", "Synchronizing"])
      .meta({ id: "ConcurrentBootstrapPhase", description: "Always `Inactive` here." }),
    concurrent_bootstrap_progress: z.null(),
    memory_pressure: z
      .enum(["low", "moderate", "high", "critical"])
      .meta({ id: "MemoryPressure", description: "Always `low` here." }),
    memory_pressure_epoch: COUNT,
    rss_bytes: COUNT.describe("Memory of the server's process."),
    cpu_msecs: COUNT.describe("Processor time of the server's process."),
    uptime_msecs: COUNT,
    start_time: COUNT.describe("Seconds since 1970."),
    incarnation_uuid: UUID,
    initial_start_time: COUNT.describe("Seconds since 1970."),
    storage_bytes: COUNT,
    storage_mb_secs: COUNT,
    runtime_elapsed_msecs: COUNT,
    buffered_input_records: COUNT,
    buffered_input_bytes: COUNT,
    total_input_records: COUNT,
    total_input_bytes: COUNT,
    total_processed_records: COUNT,
    total_processed_bytes: COUNT,
    total_completed_records: COUNT.describe("Processed, with all changes taken by all outputs."),
    output_stall_msecs: COUNT,
    total_initiated_steps: COUNT,
    total_completed_steps: COUNT,
    pipeline_complete: z
      .boolean()
      .describe(
        "All connectors have ended, and all records, pushed ones too, are processed and delivered.",
      ),
  })
  .meta({ id: "GlobalControllerMetrics", description: "The pipeline's own figures." });

/** All of a pipeline's figures. */
export const CONTROLLER_STATUS: z.ZodType = z
  .object({
    global_metrics: GLOBAL_METRICS,
    suspend_error: z.null(),
    checkpoint_activity: z.object({ status: z.literal("idle") }).meta({
      id: "CheckpointActivity",
      description: "Every step is durable; there are no others.",
    }),
    permanent_checkpoint_errors: z.null(),
    inputs: z.array(INPUT_SUMMARY),
    outputs: z.array(OUTPUT_SUMMARY),
  })
  .meta({ id: "ControllerStatus", description: "All of a pipeline's figures." });
