/** Errors of a push's format or a connector's configuration, in the contract's words. */

import { type ConfigError } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

import { type Reason } from "../reasons.ts";
import { ServiceError } from "../service-error.ts";

const PREFIX = "invalid controller configuration: ";

/** What a push asked for. */
export interface PushAddress {
  readonly table: string;
  readonly format: { readonly name: string; readonly config: JsonObject };
}

/** A format that there is not. */
export function unknownInputFormat(endpoint: string, format: string): ServiceError {
  return configError(
    "ConfigError.UnknownInputFormat",
    `Input endpoint '${endpoint}' specifies unknown input format '${format}'`,
    { endpoint_name: endpoint, format_name: format },
  );
}

/** A format parameter that can't be used. */
export function parserConfigParseError(
  endpoint: string,
  error: string,
  config: JsonObject,
): ServiceError {
  const text = configText(config);
  return configError(
    "ConfigError.ParserConfigParseError",
    `Error parsing format configuration for input endpoint '${endpoint}': ${error}\nInvalid configuration: ${text}`,
    { endpoint_name: endpoint, error, config: text },
  );
}

/** A format, or a setting of it, that can't be used here. */
export function inputFormatNotSupported(endpoint: string, error: string): ServiceError {
  return configError(
    "ConfigError.InputFormatNotSupported",
    `Format not supported on input endpoint '${endpoint}': ${error}`,
    { endpoint_name: endpoint, error },
  );
}

/** A connector that needs a format and names none. */
export function inputFormatNotSpecified(endpoint: string): ServiceError {
  return configError(
    "ConfigError.InputFormatNotSpecified",
    `Input endpoint '${endpoint}' does not specify a data format`,
    { endpoint_name: endpoint },
  );
}

/** A push into a table that the program doesn't have. */
export function unknownInputStream(endpoint: string, table: string): ServiceError {
  return configError(
    "ConfigError.UnknownInputStream",
    `Input endpoint '${endpoint}' specifies unknown table '${table}'`,
    { endpoint_name: endpoint, stream_name: table },
  );
}

/** A subscription to a relation that the program doesn't have. */
export function unknownOutputStream(endpoint: string, relation: string): ServiceError {
  return configError(
    "ConfigError.UnknownOutputStream",
    `Output endpoint '${endpoint}' specifies unknown output table or view '${relation}'`,
    { endpoint_name: endpoint, stream_name: relation },
  );
}

/** A transport that can't be used as it is configured. */
export function invalidTransportConfig(endpoint: string, error: string): ServiceError {
  return configError(
    "ConfigError.InvalidTransportConfig",
    `invalid transport configuration for endpoint '${endpoint}': ${error}`,
    { endpoint_name: endpoint, error },
  );
}

/** A `start_after` that is an empty list. */
export function emptyStartAfter(endpoint: string, error: string): ServiceError {
  return configError("ConfigError.EmptyStartAfter", error, { endpoint_name: endpoint });
}

/** Connectors that wait for each other. */
export function cyclicDependency(endpoint: string, error: string): ServiceError {
  return configError("ConfigError.CyclicDependency", error, { endpoint_name: endpoint });
}

/** What a connector's `ConfigError` is to the one who starts the pipeline. */
export function fromConnectorFault(error: ConfigError): ServiceError {
  const endpoint = error.endpoint ?? "";
  switch (error.kind) {
    case "empty-start-after":
      return emptyStartAfter(endpoint, error.message);
    case "cyclic-dependency":
      return cyclicDependency(endpoint, error.message);
    case "missing-format":
      return inputFormatNotSpecified(endpoint);
    case "unknown-format":
    case "unsupported":
      return inputFormatNotSupported(endpoint, error.message);
    case "unknown-transport":
    case "invalid":
      return invalidTransportConfig(endpoint, error.message);
    default:
      return unreachable(error.kind);
  }
}

/** What a decoder's `ConfigError` is to the one who pushes. */
export function fromPushFault(error: ConfigError, push: PushAddress): ServiceError {
  const endpoint = error.endpoint ?? pushEndpoint(push);
  switch (error.kind) {
    case "unknown-format":
      return unknownInputFormat(endpoint, push.format.name);
    case "unsupported":
      return inputFormatNotSupported(endpoint, error.message);
    case "invalid":
    case "unknown-transport":
    case "missing-format":
    case "empty-start-after":
    case "cyclic-dependency":
      return parserConfigParseError(endpoint, error.message, push.format.config);
    default:
      return unreachable(error.kind);
  }
}

/** The endpoint that a push would feed, as messages name it before there is one. */
export function pushEndpoint(push: PushAddress): string {
  return `${push.table}.api-ingress-${push.format.name}`;
}

function configError(reason: Reason, message: string, details: JsonObject): ServiceError {
  return new ServiceError(reason, PREFIX + message, { config_error: details });
}

function unreachable(kind: never): never {
  throw new TypeError(`unknown kind of ConfigError: ${String(kind)}`);
}

function configText(config: JsonObject): string {
  return Object.entries(config)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("&");
}
