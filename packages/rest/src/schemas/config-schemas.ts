/**
 * `runtime_config` and `program_config`, as the document describes them. The service reads them field
 * by field, and has an error of its own for a field of the wrong type.
 */

import { z } from "zod";

import { type JsonObject } from "../service-answers.ts";
import { ANY_OBJECT, COUNT } from "./values.ts";

/** The newer name of the setting before it. */
const AMOUNT = z
  .union([z.string(), COUNT])
  .nullable()
  .describe("In place of the setting of the same name with a unit: a text such as `30s` or `4Gi`.");

const UNUSED = "Kept as it is given; without effect.";

/** How a pipeline runs. */
export const RUNTIME_CONFIG: z.ZodType<JsonObject> = documented(
  "RuntimeConfig",
  "How the pipeline runs; what is left out has its default.",
  {
    workers: COUNT,
    hosts: COUNT,
    storage: ANY_OBJECT.nullable(),
    fault_tolerance: ANY_OBJECT,
    cpu_profiler: z.boolean(),
    tracing: z.boolean(),
    tracing_endpoint_jaeger: z.string(),
    min_batch_size_records: COUNT,
    max_buffering_delay_usecs: COUNT.optional(),
    max_buffering_delay: AMOUNT.optional(),
    resources: ANY_OBJECT,
    clock_resolution_usecs: COUNT.nullable().optional(),
    clock_resolution: AMOUNT.optional(),
    clock_timezone_offset: z.string().nullable(),
    pin_cpus: z.array(COUNT),
    provisioning_timeout_secs: COUNT.nullable().optional(),
    provisioning_timeout: AMOUNT.optional(),
    max_parallel_connector_init: COUNT.nullable(),
    max_rss_mb: COUNT.nullable().optional(),
    max_rss: AMOUNT.optional(),
    datafusion_memory_mb: COUNT.nullable().optional(),
    datafusion_memory: AMOUNT.optional(),
    init_containers: z.unknown().meta({ description: UNUSED }),
    checkpoint_during_suspend: z.boolean(),
    http_workers: COUNT.nullable(),
    io_workers: COUNT.nullable(),
    env: z.record(z.string(), z.string()),
    dev_tweaks: ANY_OBJECT,
    logging: z.string().nullable(),
    pipeline_template_configmap: ANY_OBJECT.nullable(),
  },
);

/** How a program is compiled. */
export const PROGRAM_CONFIG: z.ZodType<JsonObject> = documented(
  "ProgramConfig",
  "How the program is compiled; what is left out has its default.",
  {
    profile: z
      .enum(["dev", "unoptimized", "optimized", "optimized_symbols"])
      .meta({ description: UNUSED })
      .nullable(),
    cache: z.boolean(),
    runtime_version: z.string().nullable(),
    use_platform_compiler: z.boolean(),
  },
);

/** An object that is passed on as it is, described by these fields. */
function documented(id: string, description: string, fields: z.ZodRawShape): z.ZodType<JsonObject> {
  const { properties = {} } = z.toJSONSchema(z.object(fields));
  return z
    .custom<JsonObject>(
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
      { error: ({ input }) => (input === undefined ? "is missing" : "must be an object") },
    )
    .meta({ id, description, type: "object", properties });
}
