/** Reasons why a deployed pipeline, its connectors, pushes and queries are not as the caller expects. */

import { type ReasonEntry } from "./reason-entry.ts";

/** Names of the reasons to do with a deployed pipeline. */
export type InteractionReason =
  | "UnknownPipelineName"
  | "PipelineInteractionNotDeployed"
  | "PipelineUnavailable"
  | "PipelineInteractionUnreachable"
  | "Terminating"
  | "UnknownInputEndpoint"
  | "UnknownOutputEndpoint"
  | "InvalidConnectorAction"
  | "AdHocQueryError"
  | "ParseErrors"
  | "IdempotencyKeyReused"
  | "SubscriptionFailed"
  | "ApiConnectionLimit"
  | "ExternalEngine"
  | "ConfigError.UnknownInputFormat"
  | "ConfigError.ParserConfigParseError"
  | "ConfigError.InputFormatNotSupported"
  | "ConfigError.InputFormatNotSpecified"
  | "ConfigError.UnknownInputStream"
  | "ConfigError.UnknownOutputStream"
  | "ConfigError.InvalidTransportConfig"
  | "ConfigError.EmptyStartAfter"
  | "ConfigError.CyclicDependency"
  | "InitializationError"
  | "RuntimeError.WorkerPanic"
  | "StorageClearFailed";

/** What each of them means. */
export const INTERACTION_REASONS: Readonly<Record<InteractionReason, ReasonEntry>> = {
  UnknownPipelineName: {
    http: 404,
    grpc: "NOT_FOUND",
    message: "Unknown pipeline name '{pipeline_name}'",
    details: ["pipeline_name"],
    cause: "No pipeline of this tenant has that name.",
    remedy: "Check the name against the list of pipelines.",
  },
  PipelineInteractionNotDeployed: {
    http: 503,
    grpc: "UNAVAILABLE",
    retryAfterSeconds: 5,
    message:
      'Unable to interact with pipeline because the deployment status ({status}) indicates it is not (yet) fully provisioned pipeline-id=N/A pipeline-name="{pipeline_name}"',
    details: ["pipeline_name", "status", "desired_status"],
    cause: "The pipeline is stopped, starting or stopping.",
    remedy: "Start the pipeline, or wait until its deployment status is Running or Paused.",
  },
  PipelineUnavailable: {
    http: 503,
    grpc: "UNAVAILABLE",
    retryAfterSeconds: 5,
    message:
      "Unable to interact with pipeline because its status is currently 'unavailable' pipeline-id=N/A pipeline-name=\"{pipeline_name}\"",
    details: ["pipeline_name"],
    cause: "The pipeline is deployed but can't be reached at the moment.",
    remedy: "Try again.",
  },
  PipelineInteractionUnreachable: {
    http: 503,
    grpc: "UNAVAILABLE",
    retryAfterSeconds: 5,
    message:
      'Error sending HTTP request to pipeline: {error} Failed request: {request} pipeline-id=N/A pipeline-name="{pipeline_name}"',
    details: ["pipeline_name", "request", "error"],
    cause:
      "The pipeline ended while it was working on the request, or didn't answer in time: a push into a paused pipeline waits, and gives up after a while.",
    remedy: "Try again; resume the pipeline, or push with force=true.",
  },
  Terminating: {
    http: 410,
    grpc: "UNAVAILABLE",
    message: "Operation failed because the pipeline is shutting down.",
    details: [],
    cause: "The pipeline was stopped while the request waited.",
    remedy: "Start the pipeline again and repeat the request.",
  },
  UnknownInputEndpoint: {
    http: 404,
    grpc: "NOT_FOUND",
    message: "unknown input endpoint name '{endpoint_name}': {what there is}",
    details: ["endpoint_name", "pipeline_name", "table_name", "connector_name"],
    cause: "The pipeline has no such table, or the table no such input connector.",
    remedy:
      "The message lists what exists. Table names follow the SQL rules (quote them where their case counts), connector names are exact.",
  },
  UnknownOutputEndpoint: {
    http: 404,
    grpc: "NOT_FOUND",
    message: "unknown output endpoint name '{endpoint_name}': {what there is}",
    details: ["endpoint_name", "pipeline_name", "view_name", "connector_name"],
    cause: "The pipeline has no such view, or the view no such output connector.",
    remedy: "The message lists what exists.",
  },
  InvalidConnectorAction: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Invalid connector action '{action}'; valid actions are: 'start' or 'pause'",
    details: ["action"],
    cause: "The action on a connector is neither start nor pause.",
    remedy: "Use start or pause, in lower case.",
  },
  AdHocQueryError: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Error during query processing: {error}.",
    details: ["error"],
    cause:
      "The query can't be answered: its SQL is wrong, it names something that isn't there, or it took too long.",
    remedy: "The message says what is wrong.",
  },
  ParseErrors: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "Errors parsing input data ({num_errors} errors):{errors}",
    details: ["num_errors", "records", "errors", "token"],
    cause:
      "Records of the pushed body don't fit the table. Good records of CSV and of JSON that isn't an array were ingested all the same, unless it was pushed with `atomic=true`.",
    remedy:
      "Fix the records that the details list and send those again; details.records says how many were ingested, and details.token covers them; it is missing where nothing was.",
  },
  IdempotencyKeyReused: {
    http: 422,
    grpc: "FAILED_PRECONDITION",
    message:
      "The idempotency key '{idempotency_key}' was used for another push: {difference}. Nothing of this push was taken.",
    details: ["idempotency_key", "difference"],
    cause:
      "The idempotency key was given before with another body, table or format. Nothing of this push was taken.",
    remedy:
      "Send the body of before to get its token, or push this one under a key of its own. The message says what differs.",
  },
  SubscriptionFailed: {
    http: 400,
    grpc: "FAILED_PRECONDITION",
    message: "The subscription to '{stream_name}' can't go on: {error}",
    details: ["stream_name", "error"],
    cause:
      "A row of the table or view that was subscribed to can't be computed, or can't be written in the format that was asked for. Over REST this is the last line of the stream.",
    remedy:
      "Mend the view or the row that the message names, or choose another format, and subscribe again.",
  },
  ApiConnectionLimit: {
    http: 429,
    grpc: "RESOURCE_EXHAUSTED",
    retryAfterSeconds: 5,
    message:
      "The API connections limit has been exceded. Close some of the existing connections before opening new ones.",
    details: [],
    cause: "Too many requests push into the pipeline at once.",
    remedy: "Close some of them, or try again.",
  },
  ExternalEngine: {
    http: 501,
    grpc: "UNIMPLEMENTED",
    message:
      "Pipeline '{pipeline_name}' is run by an external engine, which Tidemark only observes: {operation} is not possible here, ask that engine.",
    details: ["pipeline_name", "operation"],
    cause:
      "The pipeline's `runtime_config.engine` is `external`: rows are neither here nor taken in here.",
    remedy: "Query, feed or pause the engine itself; tokens of its connectors work as everywhere.",
  },
  "ConfigError.UnknownInputFormat": {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message:
      "invalid controller configuration: Input endpoint '{endpoint_name}' specifies unknown input format '{format_name}'",
    details: ["config_error.endpoint_name", "config_error.format_name"],
    cause: "The push names a format that there is not.",
    remedy: "Use one of the documented formats.",
  },
  "ConfigError.ParserConfigParseError": {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message:
      "invalid controller configuration: Error parsing format configuration for input endpoint '{endpoint_name}': {error}\nInvalid configuration: {config}",
    details: ["config_error.endpoint_name", "config_error.error", "config_error.config"],
    cause: "A parameter of the format has a value that can't be used.",
    remedy: "The message names the parameter and what is allowed.",
  },
  "ConfigError.InputFormatNotSupported": {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message:
      "invalid controller configuration: Format not supported on input endpoint '{endpoint_name}': {error}",
    details: ["config_error.endpoint_name", "config_error.error"],
    cause: "The format, or a setting of it, can't be used on this input.",
    remedy: "The message says what can.",
  },
  "ConfigError.InputFormatNotSpecified": {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message:
      "invalid controller configuration: Input endpoint '{endpoint_name}' does not specify a data format",
    details: ["config_error.endpoint_name"],
    cause: "A connector whose transport carries bytes names no format.",
    remedy: "Give the connector a format.",
  },
  "ConfigError.UnknownInputStream": {
    http: 404,
    grpc: "NOT_FOUND",
    message:
      "invalid controller configuration: Input endpoint '{endpoint_name}' specifies unknown table '{stream_name}'",
    details: ["config_error.endpoint_name", "config_error.stream_name"],
    cause: "The push names a table that the program doesn't have.",
    remedy: "Check the table's name; quote it where its case counts.",
  },
  "ConfigError.UnknownOutputStream": {
    http: 404,
    grpc: "NOT_FOUND",
    message:
      "invalid controller configuration: Output endpoint '{endpoint_name}' specifies unknown output table or view '{stream_name}'",
    details: ["config_error.endpoint_name", "config_error.stream_name"],
    cause: "The request names a view or table that the program doesn't have.",
    remedy: "Check the name; quote it where its case counts.",
  },
  "ConfigError.InvalidTransportConfig": {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message:
      "invalid controller configuration: invalid transport configuration for endpoint '{endpoint_name}': {error}",
    details: ["config_error.endpoint_name", "config_error.error"],
    cause: "A connector's transport can't be used as it is configured.",
    remedy: "The message names the field, what is wrong with it and what is allowed.",
  },
  "ConfigError.EmptyStartAfter": {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "invalid controller configuration: {error}",
    details: ["config_error.endpoint_name"],
    cause: "A connector's start_after is an empty list.",
    remedy: "Name at least one label, or leave start_after out.",
  },
  "ConfigError.CyclicDependency": {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "invalid controller configuration: {error}",
    details: ["config_error.endpoint_name"],
    cause: "Connectors wait for each other through start_after, in a circle.",
    remedy: "Break the circle that the message shows.",
  },
  InitializationError: {
    http: 500,
    grpc: "INTERNAL",
    message: "Operation failed because the pipeline failed to initialize. Error details: {error}.",
    details: ["error"],
    cause: "The pipeline could not be deployed; this is kept as its deployment error.",
    remedy: "The message says why; mend it and start the pipeline again.",
  },
  "RuntimeError.WorkerPanic": {
    http: 500,
    grpc: "INTERNAL",
    message: "The pipeline stopped because of a fault: {error}",
    details: ["error"],
    cause: "The pipeline ended by itself because of a fault; this is kept as its deployment error.",
    remedy:
      "The message says why. Committed data is safe: mend the cause and start the pipeline again.",
  },
  StorageClearFailed: {
    http: 500,
    grpc: "INTERNAL",
    message: "The pipeline's storage could not be cleared: {error}",
    details: ["error"],
    cause: "The pipeline's storage could not be removed; this is kept as its deployment error.",
    remedy: "Mend what the message says and clear again.",
  },
};
