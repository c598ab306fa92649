/** Pipelines as the documented JSON, whole or by selector. */

import { deploymentStatus } from "@tidemark/service";

import { CONTRACT_VERSION } from "./contract-version.ts";
import { type JsonObject, type PipelineRecord } from "./service-answers.ts";

/** Which fields are asked for. */
export type Selector = "all" | "status" | "status_with_connectors";

/** The selectors, the default first. */
export const SELECTORS: readonly [Selector, ...Selector[]] = [
  "all",
  "status",
  "status_with_connectors",
];

/** The answer to creating or editing: all fields but those of bootstrapping. */
export function pipelineJson(record: PipelineRecord): JsonObject {
  return { ...statusFields(record), ...programFields(record) };
}

/** The answer to reading; `connectorErrors` is undefined where there is nobody to ask. */
export function selectedPipelineJson(
  record: PipelineRecord,
  selector: Selector,
  connectorErrors: number | undefined,
): JsonObject {
  const status = { ...statusFields(record), ...bootstrapFields(record) };
  if (selector === "all") return { ...status, ...programFields(record) };
  if (selector === "status") return status;
  const connectors = connectorErrors === undefined ? null : { num_errors: connectorErrors };
  return { ...status, connectors };
}

/** Every step is durable when it ends, so storage has none. */
const NO_CHECKPOINTS = { checkpoints: [] };

function bootstrapFields({ bootstrap }: PipelineRecord): JsonObject {
  return {
    bootstrap_policy: bootstrap?.policy ?? null,
    silent_bootstrap: bootstrap?.silent ?? null,
    concurrent_bootstrap: bootstrap?.concurrent ?? null,
  };
}

function statusFields(record: PipelineRecord): JsonObject {
  return {
    id: record.id,
    name: record.name,
    description: record.description,
    tags: record.tags,
    created_at: time(record.createdAtMs),
    version: record.version,
    platform_version: CONTRACT_VERSION,
    program_config: record.programConfig,
    program_version: record.programVersion,
    program_status: record.programStatus,
    program_status_since: time(record.programStatusSinceMs),
    deployment_error: errorJson(record),
    refresh_version: record.detailVersion,
    storage_status: record.storageStatus,
    storage_status_details: NO_CHECKPOINTS,
    ...deploymentFields(record),
  };
}

function programFields(record: PipelineRecord): JsonObject {
  return {
    runtime_config: record.runtimeConfig,
    program_code: record.programCode,
    udf_rust: record.udfRust,
    udf_toml: record.udfToml,
    program_error: programErrorJson(record),
    program_info: record.programInfo ?? null,
    deployment_config: deploymentConfigJson(record),
    deployment_resources_status_details: null,
  };
}

/** What a deployed pipeline runs with. */
function deploymentConfigJson(record: PipelineRecord): JsonObject | null {
  if (record.deploymentId === undefined) return null;
  return {
    ...record.runtimeConfig,
    name: `pipeline-${record.id}`,
    inputs: record.programInfo?.["input_connectors"] ?? {},
    outputs: record.programInfo?.["output_connectors"] ?? {},
  };
}

function deploymentFields(record: PipelineRecord): JsonObject {
  const combined = deploymentStatus(record);
  return {
    deployment_id: record.deploymentId ?? null,
    deployment_initial: record.deploymentInitial ?? null,
    deployment_status: combined.status,
    deployment_status_since: time(combined.statusSinceMs),
    deployment_desired_status: combined.desired,
    deployment_desired_status_since: time(combined.desiredSinceMs),
    deployment_resources_status: record.resourcesStatus,
    deployment_resources_status_since: time(record.resourcesStatusSinceMs),
    deployment_resources_desired_status: record.resourcesDesired,
    deployment_resources_desired_status_since: time(record.resourcesDesiredSinceMs),
    deployment_runtime_status: record.runtimeStatus ?? null,
    deployment_runtime_status_details: null,
    deployment_runtime_status_since: optionalTime(record.runtimeStatusSinceMs),
    deployment_runtime_desired_status: record.runtimeDesired ?? null,
    deployment_runtime_desired_status_since: optionalTime(record.runtimeDesiredSinceMs),
  };
}

function errorJson(record: PipelineRecord): JsonObject | null {
  const error = record.deploymentError;
  if (error === undefined) return null;
  return { message: error.message, error_code: error.errorCode, details: error.details };
}

function programErrorJson(record: PipelineRecord): JsonObject {
  return {
    sql_compilation: sqlCompilationJson(record),
    rust_compilation: null,
    system_error: record.systemError ?? null,
  };
}

function sqlCompilationJson(record: PipelineRecord): JsonObject | null {
  const { programStatus } = record;
  if (programStatus === "Pending" || programStatus === "CompilingSql") return null;
  return {
    exit_code: programStatus === "SqlError" ? 1 : 0,
    messages: record.programErrors.map((error) => ({
      start_line_number: error.span.startLine,
      start_column: error.span.startColumn,
      end_line_number: error.span.endLine,
      end_column: error.span.endColumn,
      warning: error.warning,
      error_type: error.errorType,
      message: error.message,
      snippet: error.snippet,
    })),
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function optionalTime(ms: number | undefined): string | null {
  return ms === undefined ? null : time(ms);
}
