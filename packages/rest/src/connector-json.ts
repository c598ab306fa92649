/** Connectors as the documented JSON of their stats. */

import {
  type InputStatus,
  type JsonObject,
  type OutputStatus,
  type PipelineStats,
} from "./service-answers.ts";

/** An input with its errors. */
export function inputJson(input: InputStatus): JsonObject {
  return {
    ...inputSummaryJson(input),
    parse_errors: input.parseErrors.map(faultJson),
    transport_errors: input.transportErrors.map(faultJson),
  };
}

/** An input without its errors, as a pipeline's stats show it. */
export function inputSummaryJson(input: InputStatus): JsonObject {
  return {
    endpoint_name: input.endpoint,
    config: { stream: spelling(input.table) },
    metrics: {
      total_bytes: input.totalBytes,
      total_records: input.totalRecords,
      buffered_records: input.bufferedRecords,
      buffered_bytes: input.bufferedBytes,
      num_transport_errors: input.transportErrorCount,
      num_parse_errors: input.parseErrorCount,
      end_of_input: input.endOfInput,
      num_rejected: input.rejected ?? null,
    },
    fatal_error: input.fatalError ?? null,
    health: healthJson(input),
    paused: input.paused,
    barrier: false,
    completed_frontier: completedJson(input.completed),
    waiting_for: input.waitingFor,
    received: progressJson(input.received),
    processed: progressJson(input.processed),
    delivered: progressJson(input.delivered),
  };
}

/** An output with its errors. */
export function outputJson(output: OutputStatus, totals: PipelineStats["totals"]): JsonObject {
  return {
    ...outputSummaryJson(output, totals),
    encode_errors: output.encodeErrors.map(faultJson),
    transport_errors: output.transportErrors.map(faultJson),
  };
}

/** An output without its errors, as a pipeline's stats show it. */
export function outputSummaryJson(
  output: OutputStatus,
  totals: PipelineStats["totals"],
): JsonObject {
  return {
    endpoint_name: output.endpoint,
    config: { stream: spelling(output.view) },
    metrics: {
      transmitted_records: output.transmittedRecords,
      transmitted_bytes: output.transmittedBytes,
      queued_records: output.queuedRecords,
      queued_batches: output.queuedBatches,
      buffered_records: output.bufferedRecords,
      buffered_batches: output.bufferedBatches,
      num_dead_letters: output.deadLetters,
      num_encode_errors: output.encodeErrorCount,
      num_transport_errors: output.transportErrorCount,
      // What every output has taken, so never ahead of this one.
      total_processed_input_records: totals.totalCompletedRecords,
      total_processed_steps: Number(output.takenStep),
      memory: 0,
    },
    fatal_error: output.fatalError ?? null,
    health: healthJson(output),
    paused: output.paused,
  };
}

/** All errors of all connectors of a pipeline. */
export function connectorErrorCount(stats: PipelineStats): number {
  const inputs = stats.inputs.map((input) => input.parseErrorCount + input.transportErrorCount);
  const outputs = stats.outputs.map(
    (output) => output.encodeErrorCount + output.transportErrorCount,
  );
  return [...inputs, ...outputs].reduce((total, count) => total + count, 0);
}

function spelling(relation: InputStatus["table"]): string {
  return relation.quoted ? `"${relation.name}"` : relation.name;
}

function healthJson(
  connector: Pick<InputStatus, "fatalError" | "trouble"> & Partial<Pick<InputStatus, "refusal">>,
): JsonObject {
  const description = connector.fatalError ?? connector.refusal ?? connector.trouble;
  return description === undefined
    ? { status: "Healthy", description: null }
    : { status: "Unhealthy", description };
}

function progressJson(progress: InputStatus["received"]): JsonObject {
  const { positions } = progress.frontier;
  return {
    incarnation: progress.incarnation,
    // Text, because offsets can be larger than JSON numbers hold exactly.
    offsets: Object.fromEntries(positions.map(([partition, at]) => [partition, String(at)])),
  };
}

function completedJson(completed: InputStatus["completed"]): JsonObject | null {
  if (completed === undefined) return null;
  return {
    metadata: progressJson(completed.progress),
    ingested_at: timestamp(completed.ingestedAtMs),
    processed_at: timestamp(completed.processedAtMs),
    completed_at: timestamp(completed.completedAtMs),
  };
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function faultJson(fault: InputStatus["parseErrors"][number]): JsonObject {
  return {
    timestamp: timestamp(fault.timestampMs),
    index: fault.index,
    tag: fault.tag,
    message: fault.message,
  };
}
