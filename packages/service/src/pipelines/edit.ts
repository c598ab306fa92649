/** Editing: what a create, a replace or a patch makes of a pipeline's record, or why it may not. */

import { isDeepStrictEqual } from "node:util";

import { type PipelineDescriptor, type PipelineRecord } from "@tidemark/connector";
import { isJsonObject, type JsonValue } from "@tidemark/program";

import { editRestrictedToClearedStorage, updateRestrictedToStopped } from "../errors/pipeline.ts";
import { invalidParam } from "../errors/token.ts";
import { type PipelineFields } from "../service.ts";
import { comparableRuntimeConfig, programConfig, runtimeConfig } from "./configs.ts";
import { checkDescription, checkName, checkTags } from "./descriptor-rules.ts";
import { keepsOutputs } from "./keeps-outputs.ts";
import { engineOf } from "./engine-kind.ts";
import { fullyStopped } from "./transitions.ts";

/** Fields whose change has the program compiled again. */
const PROGRAM_FIELDS = ["programCode", "udfRust", "udfToml", "programConfig"] as const;
/** Fields that can change only while the pipeline is stopped. */
const CORE_FIELDS = ["name", "runtimeConfig", ...PROGRAM_FIELDS] as const;

/** What of the runtime's settings storage is bound to, by path. */
const BOUND_SETTINGS = [
  "workers",
  "hosts",
  "fault_tolerance",
  "engine",
  "clock_timezone_offset",
  "resources.storage_mb_max",
  "resources.storage_class",
  "resources.namespace",
] as const;
/** A view that was edited away would take with it what its outputs still lack. */
const OUTPUTS_BEHIND =
  "`program_code` (its outputs lack changes that are committed: keep all relations and outputs, and edit connectors alone; or start it as it is, then stop it without force)";

/** What the service gives a new pipeline. */
export interface Birth {
  readonly id: string;
  readonly tenant: string;
  readonly platformVersion: string;
  readonly nowMs: number;
}

/** A whole descriptor from a user's fields: what is absent takes its default. */
export function descriptor(fields: PipelineFields): PipelineDescriptor {
  if (fields.name === undefined) throw invalidParam("missing field `name`");
  if (fields.programCode === undefined) throw invalidParam("missing field `program_code`");
  return checked({
    name: fields.name,
    description: fields.description ?? "",
    tags: fields.tags ?? [],
    programCode: fields.programCode,
    udfRust: fields.udfRust ?? "",
    udfToml: fields.udfToml ?? "",
    runtimeConfig: runtimeConfig(fields.runtimeConfig ?? {}),
    programConfig: programConfig(fields.programConfig ?? {}),
  });
}

/** The fields that a patch gives, checked. */
export function patch(fields: PipelineFields): Partial<PipelineDescriptor> {
  const { name, description, tags, programCode, udfRust, udfToml } = fields;
  return checked({
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
    ...(programCode === undefined ? {} : { programCode }),
    ...(udfRust === undefined ? {} : { udfRust }),
    ...(udfToml === undefined ? {} : { udfToml }),
    ...(fields.runtimeConfig === undefined
      ? {}
      : { runtimeConfig: runtimeConfig(fields.runtimeConfig) }),
    ...(fields.programConfig === undefined
      ? {}
      : { programConfig: programConfig(fields.programConfig) }),
  });
}

/** A new pipeline's record. */
export function born(from: PipelineDescriptor, birth: Birth): PipelineRecord {
  const { nowMs, ...identity } = birth;
  return {
    ...from,
    ...identity,
    createdAtMs: nowMs,
    version: 1,
    programVersion: 1,
    programStatus: "Pending",
    programStatusSinceMs: nowMs,
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
    resourcesStatusSinceMs: nowMs,
    resourcesDesired: "Stopped",
    resourcesDesiredSinceMs: nowMs,
    runtimeStatus: undefined,
    runtimeStatusSinceMs: undefined,
    runtimeDesired: undefined,
    runtimeDesiredSinceMs: undefined,
    outputsBehind: false,
    connectorPaused: {},
  };
}

/** The record with these edits; description and tags may change at any time. */
export function edited(
  record: PipelineRecord,
  edits: Partial<PipelineDescriptor>,
  nowMs: number,
): PipelineRecord {
  const core = CORE_FIELDS.filter((key) => edits[key] !== undefined);
  if (core.length > 0 && !fullyStopped(record)) throw updateRestrictedToStopped();
  const next = { ...record, ...edits };
  const changed = core.filter((key) => !isDeepStrictEqual(next[key], record[key]));
  if (changed.length === 0) {
    const same =
      next.description === record.description && isDeepStrictEqual(next.tags, record.tags);
    return same ? record : next;
  }
  if (record.storageStatus !== "Cleared") {
    const notAllowed = changed.flatMap((key) => boundToStorage(record, next, key));
    if (notAllowed.length > 0) throw editRestrictedToClearedStorage(notAllowed);
  }
  const versioned = {
    ...next,
    version: record.version + 1,
    detailVersion: record.detailVersion + 1,
  };
  return changed.some((key) => needsCompiling(key, record, next))
    ? recompiled(versioned, nowMs)
    : versioned;
}

/** Whether a change of a field has the program checked and compiled again: another engine has other rules. */
function needsCompiling(
  key: (typeof CORE_FIELDS)[number],
  before: PipelineRecord,
  after: PipelineRecord,
): boolean {
  if (key === "runtimeConfig") return engineOf(before) !== engineOf(after);
  return key !== "name";
}

function recompiled(record: PipelineRecord, nowMs: number): PipelineRecord {
  return {
    ...record,
    programVersion: record.programVersion + 1,
    programStatus: "Pending",
    programStatusSinceMs: nowMs,
    programErrors: [],
    systemError: undefined,
    programInfo: undefined,
  };
}

function boundToStorage(
  before: PipelineRecord,
  after: PipelineRecord,
  key: (typeof CORE_FIELDS)[number],
): readonly string[] {
  switch (key) {
    case "name":
      return ["`name`"];
    case "programCode":
      return before.outputsBehind && !keepsOutputs(before.programCode, after.programCode)
        ? [OUTPUTS_BEHIND]
        : [];
    case "udfRust":
      return ["`udf_rust`"];
    case "udfToml":
      return ["`udf_toml`"];
    case "programConfig":
      return ["`program_config`"];
    case "runtimeConfig":
      return BOUND_SETTINGS.filter(
        (path) => !isDeepStrictEqual(setting(before, path), setting(after, path)),
      ).map((path) => `\`runtime_config.${path}\``);
    default:
      return key satisfies never;
  }
}

function setting(record: PipelineRecord, path: string): JsonValue | undefined {
  return path
    .split(".")
    .reduce<JsonValue | undefined>(
      (at, key) => (isJsonObject(at) ? at[key] : undefined),
      comparableRuntimeConfig(record.runtimeConfig),
    );
}

function checked<T extends Partial<PipelineDescriptor>>(fields: T): T {
  if (fields.name !== undefined) checkName(fields.name);
  if (fields.description !== undefined) checkDescription(fields.description);
  if (fields.tags !== undefined) checkTags(fields.tags);
  return fields;
}
