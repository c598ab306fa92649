/** Egress settings: how a subscription asks to be served, one by one or as a connector's configuration. */

import { type Subscribe } from "@tidemark/connector";
import { type JsonObject, type JsonValue } from "@tidemark/program";

import { invalidParam } from "./errors/token.ts";
import { type SubscribeRequest } from "./service.ts";

/** What a pipeline needs of the settings. */
export interface EgressSettings extends Pick<Subscribe, "backpressure" | "sendSnapshot"> {
  readonly format: { readonly name: "csv" | "json"; readonly config: JsonObject };
}

/** Reads the settings; throws `InvalidParam` naming what is wrong. */
export function egressSettings(settings: SubscribeRequest["settings"]): EgressSettings {
  if (settings.kind === "connector") return connectorSettings(settings.config);
  const { format, backpressure, sendSnapshot } = settings;
  const name = requireKnown(format.name);
  // Changes come in arrays, so that each chunk is one JSON value.
  const config = name === "json" ? { ...format.config, array: true } : format.config;
  return { format: { name, config }, backpressure, sendSnapshot };
}

function connectorSettings(given: JsonValue): EgressSettings {
  const connector = object(given, "the body");
  const transport = optionalObject(connector, "transport");
  if (transport !== undefined && transport["name"] !== "http_output") {
    throw invalidParam("Transport configuration must be `http_output`");
  }
  const transportConfig = optionalObject(transport ?? {}, "config") ?? {};
  const format = optionalObject(connector, "format") ?? {};
  const name = requireKnown(format["name"]);
  const config = optionalObject(format, "config") ?? {};
  if (name === "json" && config["array"] !== true) {
    throw invalidParam('JSON format configuration must set "array": true');
  }
  return {
    format: { name, config },
    backpressure: flag(transportConfig, "backpressure"),
    sendSnapshot: flag(connector, "send_snapshot"),
  };
}

function requireKnown(name: JsonValue | undefined): "csv" | "json" {
  if (name === "csv" || name === "json") return name;
  throw invalidParam("Format must be configured as `csv` or `json`");
}

function flag(config: JsonObject, field: string): boolean {
  const value = config[field] ?? false;
  if (typeof value === "boolean") return value;
  throw invalidParam(`'${field}' must be true or false, found ${JSON.stringify(value)}`);
}

function optionalObject(from: JsonObject, field: string): JsonObject | undefined {
  const value = from[field] ?? undefined;
  return value === undefined ? undefined : object(value, `'${field}'`);
}

function object(value: JsonValue, what: string): JsonObject {
  if (isObject(value)) return value;
  throw invalidParam(`${what} must be a JSON object, found ${JSON.stringify(value).slice(0, 60)}`);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
