/** Reads the `connectors` property of a relation. */

import { AmountError } from "./amounts.ts";
import { identifier } from "./identifier.ts";
import { isJsonObject, jsonKind, parseJson } from "./json.ts";
import {
  type ConnectorDeclaration,
  type JsonObject,
  type JsonValue,
  type OnReject,
} from "./program.ts";
import { type RenamedAmount, renamedAmount } from "./renamed-amount.ts";
import { configlessTransports, inputTransports, outputTransports } from "./transports.ts";

/** What reading the property answers: the connectors, or all that is wrong with them. */
export type ParsedConnectors =
  | { readonly kind: "connectors"; readonly connectors: readonly ConnectorDeclaration[] }
  | { readonly kind: "invalid"; readonly messages: readonly string[] };

/** Says what is wrong with one entry; caught in this file. */
class EntryFault extends Error {}

const NAME = /^[a-zA-Z0-9_-]+$/;
const MAX_NAME = 100;
const DEFAULT_QUEUED_RECORDS = 1_000_000;
const DEFAULT_BUFFERED_RECORDS = 10_000_000;
const BYTES_PER_RECORD = 1000;
const QUEUED_BYTES: RenamedAmount = {
  older: "max_queued_bytes",
  newer: "max_queued_size",
  kind: "size",
  unit: "",
};
const BUFFER_TIME: RenamedAmount = {
  older: "max_output_buffer_time_millis",
  newer: "max_output_buffer_time",
  kind: "duration",
  unit: "ms",
};

/** Reads the property's text; `relation` is its canonical name, for messages and unique names. */
export function parseConnectors(
  text: string,
  relation: { readonly name: string; readonly kind: "table" | "view" },
): ParsedConnectors {
  const parsed = parseJson(text);
  if (parsed.kind === "broken")
    return { kind: "invalid", messages: [invalid(relation.name, text, parsed.reason)] };
  if (!Array.isArray(parsed.value)) {
    const reason = `expected an array of connectors, found ${jsonKind(parsed.value)}`;
    return { kind: "invalid", messages: [invalid(relation.name, text, reason)] };
  }
  const messages: string[] = [];
  const byName = new Map<string, ConnectorDeclaration>();
  for (const [index, entry] of parsed.value.entries()) {
    try {
      const connector = parseEntry(entry, index);
      const mismatch = checkDirection(connector, relation);
      if (mismatch !== undefined) messages.push(mismatch);
      if (byName.has(connector.name)) messages.push(collision(relation.name, connector.name));
      byName.set(connector.name, connector);
    } catch (error) {
      if (!(error instanceof EntryFault)) throw error;
      messages.push(invalid(relation.name, text, `connector ${index}: ${error.message}`));
    }
  }
  return messages.length > 0
    ? { kind: "invalid", messages }
    : { kind: "connectors", connectors: [...byName.values()] };
}

function invalid(relation: string, value: string, reason: string): string {
  return `relation '${relation}': property 'connectors' has value '${value}' which is invalid: ${reason}`;
}

function collision(relation: string, name: string): string {
  return `relation '${relation}': encountered collision when using {relation}.{connector_name} as unique name: '${relation}.${name}' is not unique`;
}

function checkDirection(
  connector: ConnectorDeclaration,
  relation: { readonly name: string; readonly kind: "table" | "view" },
): string | undefined {
  const input = inputTransports.includes(connector.transport.name);
  if (input === (relation.kind === "table")) return checkOnReject(connector, relation);
  const [expected, got] = input ? ["output", "input"] : ["input", "output"];
  return `relation '${relation.name}': expected an ${expected} variant but got an ${got} variant for connector '${connector.name}'`;
}

function checkOnReject(
  { name, onReject }: ConnectorDeclaration,
  relation: { readonly name: string; readonly kind: "table" | "view" },
): string | undefined {
  const allowed = relation.kind === "table" ? ["skip", "stop"] : ["retry", "dead_letter"];
  if (onReject === undefined || allowed.includes(onReject)) return undefined;
  const choices = allowed.map((one) => `'${one}'`).join(" or ");
  return `relation '${relation.name}': connector '${name}': 'on_reject' of an ${relation.kind === "table" ? "input" : "output"} must be ${choices}, found '${onReject}'`;
}

function parseEntry(entry: JsonValue, index: number): ConnectorDeclaration {
  if (!isJsonObject(entry)) throw new EntryFault(`expected an object, found ${jsonKind(entry)}`);
  const name = parseName(entry["name"], index);
  const format = parseFormat(entry["format"]);
  const maxBatchSize = optionalCount(entry, "max_batch_size");
  const maxQueuedRecords = optionalCount(entry, "max_queued_records") ?? DEFAULT_QUEUED_RECORDS;
  return {
    name,
    transport: parseTransport(entry["transport"]),
    ...(format === undefined ? {} : { format }),
    paused: flag(entry, "paused"),
    labels: texts(entry["labels"] ?? [], "labels"),
    startAfter: parseStartAfter(entry["start_after"]),
    ...(maxBatchSize === undefined ? {} : { maxBatchSize }),
    maxQueuedRecords,
    maxQueuedBytes: Math.min(
      amount(entry, QUEUED_BYTES) ?? BYTES_PER_RECORD * maxQueuedRecords,
      Number.MAX_SAFE_INTEGER,
    ),
    sendSnapshot: flag(entry, "send_snapshot"),
    ...parseIndex(entry["index"]),
    ...parseOutputBuffer(entry),
    ...parseRejects(entry),
    declared: entry,
  };
}

const ON_REJECT: readonly OnReject[] = ["skip", "stop", "retry", "dead_letter"];

function parseRejects(entry: JsonObject): Pick<ConnectorDeclaration, "onReject" | "maxRejects"> {
  const asked = entry["on_reject"] ?? undefined;
  const onReject = ON_REJECT.find((one) => one === asked);
  if (asked !== undefined && onReject === undefined) {
    const known = ON_REJECT.map((one) => `'${one}'`).join(", ");
    throw new EntryFault(`'on_reject' must be one of ${known}, found ${JSON.stringify(asked)}`);
  }
  const maxRejects = optionalCount(entry, "max_rejects");
  return {
    ...(onReject === undefined ? {} : { onReject }),
    ...(maxRejects === undefined ? {} : { maxRejects }),
  };
}

function parseIndex(value: JsonValue | undefined): Pick<ConnectorDeclaration, "index"> {
  if (value === undefined || value === null) return {};
  if (typeof value === "string") return { index: identifier(value) };
  throw new EntryFault(`'index' must be the name of an index, found ${jsonKind(value)}`);
}

function parseOutputBuffer(entry: JsonObject): Pick<ConnectorDeclaration, "outputBuffer"> {
  const maxTimeMs = amount(entry, BUFFER_TIME) ?? Infinity;
  const maxRecords = boundOf(entry, "max_output_buffer_size_records") ?? DEFAULT_BUFFERED_RECORDS;
  if (!flag(entry, "enable_output_buffer")) return {};
  return { outputBuffer: { maxRecords, ...(maxTimeMs === Infinity ? {} : { maxTimeMs }) } };
}

/** An amount by either of its names; one too large to be counted to is infinite. */
function amount(entry: JsonObject, setting: RenamedAmount): number | undefined {
  try {
    const given = renamedAmount(entry, setting, () => boundOf(entry, setting.older) ?? Infinity);
    return given !== undefined && given > Number.MAX_SAFE_INTEGER ? Infinity : given;
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new EntryFault(`'${setting.newer}': ${error.message}`);
  }
}

/** A count; one too large to be counted to, as the documented default is, is no bound. */
function boundOf(entry: JsonObject, field: string): number | undefined {
  const value = entry[field];
  if (typeof value === "number" && value > Number.MAX_SAFE_INTEGER) return undefined;
  return optionalCount(entry, field);
}

function parseName(value: JsonValue | undefined, index: number): string {
  if (value === undefined || value === null) return `unnamed-${index}`;
  if (typeof value !== "string") {
    throw new EntryFault(`'name' must be a string, found ${jsonKind(value)}`);
  }
  if (value.length > MAX_NAME || !NAME.test(value)) {
    throw new EntryFault(
      `name '${value}' must be 1 to ${MAX_NAME} letters, digits, '_' or '-' (pattern: '${NAME.source}')`,
    );
  }
  return value;
}

function parseTransport(value: JsonValue | undefined): ConnectorDeclaration["transport"] {
  if (value === undefined) throw new EntryFault("missing field `transport`");
  const name = named(value, "transport");
  if (!inputTransports.includes(name) && !outputTransports.includes(name)) {
    const known = [...inputTransports, ...outputTransports].map((one) => `\`${one}\``).join(", ");
    throw new EntryFault(`transport: unknown variant \`${name}\`, expected one of ${known}`);
  }
  const config = isJsonObject(value) ? value["config"] : undefined;
  if (config === undefined && !configlessTransports.includes(name)) {
    throw new EntryFault("transport: missing field `config`");
  }
  return { name, config: parseConfig(config, "transport") };
}

function parseFormat(value: JsonValue | undefined): ConnectorDeclaration["format"] {
  if (value === undefined || value === null) return undefined;
  const name = named(value, "format");
  return { name, config: parseConfig(isJsonObject(value) ? value["config"] : undefined, "format") };
}

function named(value: JsonValue, field: string): string {
  if (!isJsonObject(value))
    throw new EntryFault(`'${field}' must be an object, found ${jsonKind(value)}`);
  const name = value["name"];
  if (name === undefined) throw new EntryFault(`${field}: missing field \`name\``);
  if (typeof name !== "string")
    throw new EntryFault(`'${field}.name' must be a string, found ${jsonKind(name)}`);
  return name;
}

function parseConfig(value: JsonValue | undefined, field: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value))
    throw new EntryFault(`'${field}.config' must be an object, found ${jsonKind(value)}`);
  return value;
}

function parseStartAfter(value: JsonValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  return texts(typeof value === "string" ? [value] : value, "start_after");
}

function texts(value: JsonValue, field: string): readonly string[] {
  if (!Array.isArray(value))
    throw new EntryFault(`'${field}' must be an array of strings, found ${jsonKind(value)}`);
  const all: string[] = [];
  for (const one of value) {
    if (typeof one !== "string")
      throw new EntryFault(`'${field}' must hold strings, found ${jsonKind(one)}`);
    all.push(one);
  }
  return all;
}

function flag(entry: JsonObject, field: string): boolean {
  const value = entry[field] ?? false;
  if (typeof value !== "boolean")
    throw new EntryFault(`'${field}' must be true or false, found ${jsonKind(value)}`);
  return value;
}

function optionalCount(entry: JsonObject, field: string): number | undefined {
  const value = entry[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new EntryFault(`'${field}' must be a whole number from 0, found ${jsonKind(value)}`);
  }
  return value;
}
