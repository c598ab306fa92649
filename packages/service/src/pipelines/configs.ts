/** The documented `runtime_config` and `program_config`, checked and with their defaults filled in. */

import { type JsonObject, type JsonValue } from "@tidemark/program";

import { invalidProgramConfig, invalidRuntimeConfig } from "../errors/pipeline.ts";
import {
  anything,
  bool,
  type ConfigFields,
  decimal,
  field,
  FieldError,
  listOf,
  mapOf,
  nullable,
  objectOf,
  oneOf,
  readFields,
  readObject,
  renamed,
  sameAmounts,
  text,
  whole,
} from "./config-fields.ts";

const STORAGE: ConfigFields = {
  backend: field(backend, { name: "default" }),
  min_storage_bytes: renamed(nullable(whole), "min_spill_size", "size", ""),
  min_step_storage_bytes: nullable(whole),
  compression: field(oneOf("default", "none", "snappy"), "default"),
  cache_mib: renamed(nullable(whole), "cache_size", "size", "Mi"),
};

const RESOURCES: ConfigFields = {
  cpu_cores_min: nullable(decimal),
  cpu_cores_max: nullable(decimal),
  memory_mb_min: renamed(nullable(whole), "memory_min", "size", "M"),
  memory_mb_max: renamed(nullable(whole), "memory_max", "size", "M"),
  storage_mb_max: renamed(nullable(whole), "storage_max", "size", "M"),
  storage_mb_min: renamed(nullable(whole), "storage_min", "size", "M"),
  storage_class: nullable(text),
  volume_attributes_class: nullable(text),
  service_account_name: nullable(text),
  namespace: nullable(text),
};

const FAULT_TOLERANCE: ConfigFields = {
  model: nullable(oneOf("none", "at_least_once", "exactly_once"), "exactly_once"),
  checkpoint_interval_secs: renamed(nullable(whole, 60), "checkpoint_interval", "duration", "s"),
};

const RUNTIME: ConfigFields = {
  // Ours; shown only where it isn't the default, for clients that know the documented fields alone.
  engine: nullable(oneOf("embedded", "external")),
  workers: field(whole, 8),
  hosts: field(whole, 1),
  storage: nullable(storage, readFields({}, STORAGE)),
  fault_tolerance: {
    ...field(objectOf(FAULT_TOLERANCE), { model: "none", checkpoint_interval_secs: 60 }),
    within: FAULT_TOLERANCE,
  },
  cpu_profiler: field(bool, true),
  tracing: field(bool, false),
  tracing_endpoint_jaeger: field(text, "127.0.0.1:6831"),
  min_batch_size_records: field(whole, 0),
  max_buffering_delay_usecs: renamed(field(whole, 0), "max_buffering_delay", "duration", "us"),
  resources: { ...field(objectOf(RESOURCES), readFields({}, RESOURCES)), within: RESOURCES },
  clock_resolution_usecs: renamed(nullable(whole, 1_000_000), "clock_resolution", "duration", "us"),
  clock_timezone_offset: nullable(text),
  pin_cpus: field(listOf(whole), []),
  provisioning_timeout_secs: renamed(nullable(whole), "provisioning_timeout", "duration", "s"),
  max_parallel_connector_init: nullable(whole),
  max_rss_mb: renamed(nullable(whole), "max_rss", "size", "M"),
  datafusion_memory_mb: renamed(nullable(whole), "datafusion_memory", "size", "M"),
  init_containers: nullable(anything),
  checkpoint_during_suspend: field(bool, true),
  http_workers: nullable(whole),
  io_workers: nullable(whole),
  env: field(environment, {}),
  dev_tweaks: field(mapOf(anything), {}),
  logging: nullable(text),
  pipeline_template_configmap: nullable(mapOf(text)),
};

const PROGRAM: ConfigFields = {
  profile: nullable(oneOf("dev", "unoptimized", "optimized", "optimized_symbols")),
  cache: field(bool, true),
  runtime_version: nullable(text),
  use_platform_compiler: field(bool, false),
};

/** A `runtime_config` with every default filled in; throws `InvalidRuntimeConfig`. */
export function runtimeConfig(given: JsonObject): JsonObject {
  const { engine, ...documented } = read(given, RUNTIME, invalidRuntimeConfig);
  return engine === "external" ? { ...documented, engine } : documented;
}

/** A `runtime_config` for comparing: the same setting is the same whichever way it is written. */
export function comparableRuntimeConfig(config: JsonObject): JsonObject {
  return sameAmounts(config, RUNTIME);
}

/** A `program_config` with every default filled in; throws `InvalidProgramConfig`. */
export function programConfig(given: JsonObject): JsonObject {
  return read(given, PROGRAM, invalidProgramConfig);
}

function read(
  given: JsonObject,
  fields: ConfigFields,
  refuse: (value: JsonObject, error: string) => Error,
): JsonObject {
  try {
    return readFields(given, fields);
  } catch (error) {
    if (error instanceof FieldError) throw refuse(given, error.message);
    throw error;
  }
}

/** What a pipeline of the original is started with, and no user may set. */
const RESERVED_VARIABLES = ["HOSTNAME", "RUST_LOG", "TOKIO_WORKER_THREADS"];
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/u;

function environment(value: JsonValue, path: string): JsonValue {
  const variables = mapOf(text)(value, path);
  for (const name of Object.keys(variables ?? {})) {
    if (RESERVED_VARIABLES.includes(name)) {
      throw new FieldError(path, `other names than ${RESERVED_VARIABLES.join(", ")}`, name);
    }
    if (!VARIABLE.test(name)) {
      throw new FieldError(path, "names of letters, digits and _ that begin with no digit", name);
    }
  }
  return variables;
}

/** Clients also say just whether there is storage. */
function storage(value: JsonValue, path: string): JsonValue {
  if (value === false) return null;
  return readObject(value === true ? {} : value, path, STORAGE);
}

function backend(value: JsonValue, path: string): JsonValue {
  const named = { name: field(oneOf("default", "file", "object"), "default") };
  const config = { config: field(mapOf(anything), null) };
  const short = readObject(value, path, named);
  return short["name"] === "default" ? short : readObject(value, path, { ...named, ...config });
}
