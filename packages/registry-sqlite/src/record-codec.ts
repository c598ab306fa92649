/** Pipeline records as the JSON documents that the registry keeps. */

import { type PipelineRecord } from "@tidemark/connector";
import { JsonReader, type JsonValue } from "./json-reader.ts";
import { RegistryError } from "./registry-error.ts";

type ProgramError = PipelineRecord["programErrors"][number];

const PROGRAM_STATUSES = [
  "Pending",
  "CompilingSql",
  "SqlCompiled",
  "CompilingRust",
  "Success",
  "SqlError",
  "SystemError",
] as const;
const RUNTIME_STATUSES = ["Unavailable", "Initializing", "Paused", "Running"] as const;
const RESOURCES_STATUSES = ["Stopped", "Provisioning", "Provisioned", "Stopping"] as const;

/** Writes a record. */
export function encodeRecord(record: PipelineRecord): string {
  return JSON.stringify(record);
}

/** Reads what {@link encodeRecord} wrote; throws `RegistryError` for anything else. */
export function decodeRecord(document: string): PipelineRecord {
  const json = new JsonReader(parsed(document), "record");
  return { ...descriptor(json), ...identity(json), ...program(json), ...deployment(json) };
}

function parsed(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch (error) {
    throw new RegistryError("record is not JSON", { cause: error });
  }
}

function descriptor(
  json: JsonReader,
): Pick<
  PipelineRecord,
  | "name"
  | "description"
  | "tags"
  | "programCode"
  | "udfRust"
  | "udfToml"
  | "runtimeConfig"
  | "programConfig"
> {
  return {
    name: json.text("name"),
    description: json.text("description"),
    tags: json.list("tags", textItem),
    programCode: json.text("programCode"),
    udfRust: json.text("udfRust"),
    udfToml: json.text("udfToml"),
    runtimeConfig: json.object("runtimeConfig"),
    programConfig: json.object("programConfig"),
  };
}

function identity(
  json: JsonReader,
): Pick<
  PipelineRecord,
  | "id"
  | "tenant"
  | "createdAtMs"
  | "version"
  | "platformVersion"
  | "refreshVersion"
  | "detailVersion"
> {
  return {
    id: json.text("id"),
    tenant: json.text("tenant"),
    createdAtMs: json.number("createdAtMs"),
    version: json.number("version"),
    platformVersion: json.text("platformVersion"),
    refreshVersion: json.number("refreshVersion"),
    // A record written before there was one goes on from the stamp, so that it never falls.
    detailVersion:
      json.optional("detailVersion", () => json.number("detailVersion")) ??
      json.number("refreshVersion"),
  };
}

function program(
  json: JsonReader,
): Pick<
  PipelineRecord,
  | "programVersion"
  | "programStatus"
  | "programStatusSinceMs"
  | "programErrors"
  | "systemError"
  | "programInfo"
> {
  return {
    programVersion: json.number("programVersion"),
    programStatus: json.word("programStatus", PROGRAM_STATUSES),
    programStatusSinceMs: json.number("programStatusSinceMs"),
    programErrors: json.list("programErrors", programError),
    systemError: json.optional("systemError", () => json.text("systemError")),
    programInfo: json.optional("programInfo", () => json.object("programInfo")),
  };
}

function deployment(
  json: JsonReader,
): Omit<
  PipelineRecord,
  | keyof ReturnType<typeof descriptor>
  | keyof ReturnType<typeof identity>
  | keyof ReturnType<typeof program>
> {
  const optionalNumber = (name: string): number | undefined =>
    json.optional(name, () => json.number(name));
  return {
    deploymentError: json.optional("deploymentError", () =>
      envelope(json.reader("deploymentError")),
    ),
    storageStatus: json.word("storageStatus", ["Cleared", "InUse", "Clearing"]),
    deploymentId: json.optional("deploymentId", () => json.text("deploymentId")),
    deploymentInitial: json.optional("deploymentInitial", () =>
      json.word("deploymentInitial", ["Running", "Paused", "Standby"]),
    ),
    bootstrap: json.optional("bootstrap", () => bootstrap(json.reader("bootstrap"))),
    resourcesStatus: json.word("resourcesStatus", RESOURCES_STATUSES),
    resourcesStatusSinceMs: json.number("resourcesStatusSinceMs"),
    resourcesDesired: json.word("resourcesDesired", ["Stopped", "Provisioned"]),
    resourcesDesiredSinceMs: json.number("resourcesDesiredSinceMs"),
    runtimeStatus: json.optional("runtimeStatus", () =>
      json.word("runtimeStatus", RUNTIME_STATUSES),
    ),
    runtimeStatusSinceMs: optionalNumber("runtimeStatusSinceMs"),
    runtimeDesired: json.optional("runtimeDesired", () =>
      json.word("runtimeDesired", ["Paused", "Running"]),
    ),
    runtimeDesiredSinceMs: optionalNumber("runtimeDesiredSinceMs"),
    // One written before there was this may have stopped with anything undelivered.
    outputsBehind:
      json.optional("outputsBehind", () => json.bool("outputsBehind")) ??
      json.word("storageStatus", ["Cleared", "InUse", "Clearing"]) !== "Cleared",
    connectorPaused: flags(json.reader("connectorPaused"), json.object("connectorPaused")),
  };
}

function envelope(json: JsonReader): NonNullable<PipelineRecord["deploymentError"]> {
  const details = json.raw("details");
  return {
    message: json.text("message"),
    errorCode: json.text("errorCode"),
    details: details === undefined ? {} : details,
  };
}

function bootstrap(json: JsonReader): NonNullable<PipelineRecord["bootstrap"]> {
  return {
    policy: json.word("policy", ["await_approval", "allow", "reject"]),
    silent: json.bool("silent"),
    concurrent: json.bool("concurrent"),
  };
}

function programError(item: JsonValue, path: string): ProgramError {
  const json = new JsonReader(item, path);
  const span = json.reader("span");
  return {
    span: {
      startLine: span.number("startLine"),
      startColumn: span.number("startColumn"),
      endLine: span.number("endLine"),
      endColumn: span.number("endColumn"),
    },
    warning: json.bool("warning"),
    errorType: json.text("errorType"),
    message: json.text("message"),
    snippet: json.text("snippet"),
  };
}

function flags(json: JsonReader, object: object): Readonly<Record<string, boolean>> {
  return Object.fromEntries(Object.keys(object).map((name) => [name, json.bool(name)]));
}

function textItem(item: JsonValue, path: string): string {
  if (typeof item !== "string") throw new RegistryError(`${path} is not a text`);
  return item;
}
