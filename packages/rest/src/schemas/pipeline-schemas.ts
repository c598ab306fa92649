/** Pipelines, as the document describes them: whole, by selector, and as they are sent in. */

import { z } from "zod";

import { type JsonObject } from "../service-answers.ts";
import { PROGRAM_CONFIG, RUNTIME_CONFIG } from "./config-schemas.ts";
import { ERROR_RESPONSE } from "./error-schema.ts";
import { PROGRAM_ERROR, PROGRAM_INFO } from "./program-schemas.ts";
import { expected, TEXT, TEXTS } from "./sent-values.ts";
import { ANY_OBJECT, COUNT, INSTANT, UUID } from "./values.ts";

/** A pipeline as it is sent in, whole or in part. */
export interface Sent {
  readonly name?: string | null | undefined;
  readonly program_code?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  readonly udf_rust?: string | null | undefined;
  readonly udf_toml?: string | null | undefined;
  readonly runtime_config?: JsonObject | null | undefined;
  readonly program_config?: JsonObject | null | undefined;
}

const PARTIAL = z.object(
  {
    name: TEXT.nullish(),
    program_code: TEXT.nullish(),
    description: TEXT.nullish(),
    tags: TEXTS.nullish(),
    udf_rust: TEXT.nullish(),
    udf_toml: TEXT.nullish(),
    runtime_config: RUNTIME_CONFIG.nullish(),
    program_config: PROGRAM_CONFIG.nullish(),
  },
  { error: expected("an object") },
);

/** A change of a pipeline: what is absent or null stays as it is. */
export const PATCH_PIPELINE: z.ZodType<Sent> = PARTIAL.meta({
  id: "PatchPipeline",
  description: "A change: what is absent or null stays as it is.",
});

/** A whole pipeline, to be created or put in the place of another. */
export const POST_PUT_PIPELINE: z.ZodType<Sent> = PARTIAL.extend({
  name: TEXT.describe("Letters, digits, hyphens and underscores; at most 63 bytes."),
  program_code: TEXT.describe("The SQL program."),
  description: TEXT.optional(),
  tags: TEXTS.optional(),
}).meta({ id: "PostPutPipeline", description: "A pipeline: what is absent has its default." });

const DEPLOYED = z.enum([
  "Unavailable",
  "Coordination",
  "Standby",
  "Initializing",
  "AwaitingApproval",
  "Bootstrapping",
  "Replaying",
  "Paused",
  "Running",
  "Suspended",
  "ConcurrentBootstrapping",
  "Synchronizing",
]);
const RUNTIME_STATUS = DEPLOYED.meta({
  id: "RuntimeStatus",
  description: "What a provisioned pipeline does.",
});
const RUNTIME_DESIRED = z
  .enum(["Unavailable", "Coordination", "Standby", "Paused", "Running", "Suspended"])
  .meta({ id: "RuntimeDesiredStatus", description: "What a provisioned pipeline is to do." });
const DEPLOYMENT = {
  deployment_id: UUID.nullable(),
  deployment_initial: RUNTIME_DESIRED.nullable(),
  deployment_status: z
    .enum(["Stopped", "Provisioning", "Stopping", ...DEPLOYED.options])
    .meta({ id: "CombinedStatus", description: "What the pipeline does, all in one word." }),
  deployment_status_since: INSTANT,
  deployment_desired_status: z
    .enum(["Stopped", "Unavailable", "Standby", "Paused", "Running", "Suspended"])
    .meta({ id: "CombinedDesiredStatus", description: "What the pipeline is to do." }),
  deployment_desired_status_since: INSTANT,
  deployment_resources_status: z
    .enum(["Stopped", "Provisioning", "Provisioned", "Stopping"])
    .meta({ id: "ResourcesStatus", description: "Whether the pipeline is there at all." }),
  deployment_resources_status_since: INSTANT,
  deployment_resources_desired_status: z
    .enum(["Stopped", "Provisioned"])
    .meta({ id: "ResourcesDesiredStatus", description: "Whether the pipeline is to be there." }),
  deployment_resources_desired_status_since: INSTANT,
  deployment_runtime_status: RUNTIME_STATUS.nullable(),
  deployment_runtime_status_details: z.null(),
  deployment_runtime_status_since: INSTANT.nullable(),
  deployment_runtime_desired_status: RUNTIME_DESIRED.nullable(),
  deployment_runtime_desired_status_since: INSTANT.nullable(),
};

/** Of a checkpoint, which there is none of: every step is durable when it ends. */
export const CHECKPOINT_METADATA: z.ZodType = z
  .object({
    uuid: UUID,
    fingerprint: COUNT,
    identifier: z.string().nullable().optional(),
    processed_records: COUNT.nullable().optional(),
    size: COUNT.nullable().optional(),
    steps: COUNT.nullable().optional(),
  })
  .meta({ id: "CheckpointMetadata", description: "A checkpoint; there are none here." });

const STATUS_FIELDS = {
  id: UUID.describe("Never used again, also not for a pipeline of the same name."),
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  created_at: INSTANT,
  version: COUNT.describe("Grows with every edit of what runs."),
  platform_version: z.string(),
  program_config: PROGRAM_CONFIG,
  program_version: COUNT.describe("Grows with every edit of the program."),
  program_status: z
    .enum([
      "Pending",
      "CompilingSql",
      "SqlCompiled",
      "CompilingRust",
      "Success",
      "SqlError",
      "RustError",
      "SystemError",
    ])
    .meta({ id: "ProgramStatus", description: "How far compiling has come." }),
  program_status_since: INSTANT,
  deployment_error: ERROR_RESPONSE.nullable().describe("Why the last deployment ended by itself."),
  refresh_version: COUNT.describe("Grows with every change of any field."),
  storage_status: z
    .enum(["Cleared", "InUse", "Clearing"])
    .meta({ id: "StorageStatus", description: "Whether the pipeline holds data." }),
  storage_status_details: z
    .object({ checkpoints: z.array(CHECKPOINT_METADATA) })
    .meta({ id: "StorageStatusDetails", description: "What storage holds: no checkpoints." }),
  ...DEPLOYMENT,
};

const PROGRAM_FIELDS = {
  runtime_config: RUNTIME_CONFIG,
  program_code: z.string(),
  udf_rust: z.string(),
  udf_toml: z.string(),
  program_error: PROGRAM_ERROR,
  program_info: PROGRAM_INFO.nullable().describe("Once it is compiled."),
  deployment_config: ANY_OBJECT.nullable().describe(
    "What a deployed pipeline runs with: its `runtime_config`, `inputs` and `outputs`.",
  ),
  deployment_resources_status_details: z.null(),
};

/** A pipeline with all its fields, as edits answer it. */
export const PIPELINE_INFO: z.ZodType = z
  .object({ ...STATUS_FIELDS, ...PROGRAM_FIELDS })
  .meta({ id: "PipelineInfo", description: "A pipeline." });

const BOOTSTRAP_POLICY = z
  .enum(["allow", "reject", "await_approval"])
  .meta({ id: "BootstrapPolicy", description: "Kept as it was given; without effect." });

/** A pipeline with the fields that a selector selects. */
export const PIPELINE_SELECTED_INFO: z.ZodType = z
  .object({
    ...STATUS_FIELDS,
    bootstrap_policy: BOOTSTRAP_POLICY.nullable(),
    silent_bootstrap: z.boolean().nullable(),
    concurrent_bootstrap: z.boolean().nullable(),
    ...z.object(PROGRAM_FIELDS).partial().shape,
    connectors: z
      .object({ num_errors: COUNT })
      .meta({ id: "ConnectorStats", description: "The errors of all connectors, counted." })
      .nullable()
      .optional(),
  })
  .meta({
    id: "PipelineSelectedInfo",
    description: "A pipeline; the selector decides which of the optional fields are there.",
  });
