/** Errors of a deployed pipeline, its connectors and queries, in the contract's words. */

import { ServiceError } from "../service-error.ts";

/** What a connector's address says, and what there is instead. */
export interface UnknownEndpoint {
  readonly pipeline: string;
  /** Canonical name of the table or view. */
  readonly relation: string;
  readonly connector: string;
  /** All names of tables or views, where the relation is the unknown part. */
  readonly relations?: readonly string[];
  /** The relation's connectors, where the connector is the unknown part. */
  readonly connectors?: readonly string[];
}

const DISCONNECTED =
  "the pipeline disconnected while it was processing this HTTP request. This could be because the pipeline either (a) encountered a fatal error or panic, (b) was stopped, or (c) experienced network issues -- retrying might help in the last case. Alternatively, check the pipeline logs.";

/** No pipeline of that name. */
export function unknownPipelineName(name: string): ServiceError {
  return new ServiceError("UnknownPipelineName", `Unknown pipeline name '${name}'`, {
    pipeline_name: name,
  });
}

/** The gate: the pipeline is not provisioned. */
export function pipelineInteractionNotDeployed(
  name: string,
  status: string,
  desired: string,
): ServiceError {
  return new ServiceError(
    "PipelineInteractionNotDeployed",
    `Unable to interact with pipeline because the deployment status (${status.toLowerCase()}) indicates it is not (yet) fully provisioned ${of(name)}`,
    { pipeline_name: name, status, desired_status: desired },
  );
}

/** The gate: provisioned, but not to be reached. */
export function pipelineUnavailable(name: string): ServiceError {
  return new ServiceError(
    "PipelineUnavailable",
    `Unable to interact with pipeline because its status is currently 'unavailable' ${of(name)}`,
    { pipeline_name: name },
  );
}

/** The pipeline could not be asked; `request` names what was asked. */
export function pipelineInteractionUnreachable(
  name: string,
  request: string,
  error: string,
  options?: ErrorOptions,
): ServiceError {
  return new ServiceError(
    "PipelineInteractionUnreachable",
    `Error sending HTTP request to pipeline: ${error} Failed request: ${request} ${of(name)}`,
    { pipeline_name: name, request, error },
    options,
  );
}

/** The pipeline ended while it was asked. */
export function pipelineDisconnected(name: string, request: string): ServiceError {
  return pipelineInteractionUnreachable(name, request, DISCONNECTED);
}

/** The pipeline did not answer in time. */
export function pipelineTimedOut(
  name: string,
  request: string,
  options: { readonly seconds: number; readonly why: string },
): ServiceError {
  return pipelineInteractionUnreachable(
    name,
    request,
    `timeout (${options.seconds}s) was reached: ${options.why}`,
  );
}

/** The pipeline was stopped while the request waited. */
export function terminating(): ServiceError {
  return new ServiceError(
    "Terminating",
    "Operation failed because the pipeline is shutting down.",
    {},
  );
}

/** No such table, or no such connector of it. */
export function unknownInputEndpoint(endpoint: UnknownEndpoint): ServiceError {
  return new ServiceError(
    "UnknownInputEndpoint",
    `unknown input endpoint name '${endpoint.relation}.${endpoint.connector}': ${whatExists(endpoint, "table", "input")}`,
    {
      endpoint_name: `${endpoint.relation}.${endpoint.connector}`,
      pipeline_name: endpoint.pipeline,
      table_name: endpoint.relation,
      connector_name: endpoint.connector,
    },
  );
}

/** No such view, or no such connector of it. */
export function unknownOutputEndpoint(endpoint: UnknownEndpoint): ServiceError {
  return new ServiceError(
    "UnknownOutputEndpoint",
    `unknown output endpoint name '${endpoint.relation}.${endpoint.connector}': ${whatExists(endpoint, "view", "output")}`,
    {
      endpoint_name: `${endpoint.relation}.${endpoint.connector}`,
      pipeline_name: endpoint.pipeline,
      view_name: endpoint.relation,
      connector_name: endpoint.connector,
    },
  );
}

/** Neither `start` nor `pause`. */
export function invalidConnectorAction(action: string): ServiceError {
  return new ServiceError(
    "InvalidConnectorAction",
    `Invalid connector action '${action}'; valid actions are: 'start' or 'pause'`,
    { action },
  );
}

/** A query that can't be answered; `error` is the engine's own sentence. */
export function adHocQueryError(error: string, options?: ErrorOptions): ServiceError {
  return new ServiceError(
    "AdHocQueryError",
    `Error during query processing: ${error}.`,
    { error },
    options,
  );
}

/** What only the embedded engine can do, asked of a pipeline that an external one runs. */
export function externalEngine(pipeline: string, what: string): ServiceError {
  return new ServiceError(
    "ExternalEngine",
    `Pipeline '${pipeline}' is run by an external engine, which Tidemark only observes: ${what} is not possible here, ask that engine.`,
    { pipeline_name: pipeline, operation: what },
  );
}

/** A key that stands for another push; `difference` is a clause. */
export function idempotencyKeyReused(key: string, difference: string): ServiceError {
  return new ServiceError(
    "IdempotencyKeyReused",
    `The idempotency key '${key}' was used for another push: ${difference}. Nothing of this push was taken.`,
    { idempotency_key: key, difference },
  );
}

/** A subscription that can't go on, because of what is in its relation. */
export function subscriptionFailed(relation: string, cause: Error): ServiceError {
  return new ServiceError(
    "SubscriptionFailed",
    `The subscription to '${relation}' can't go on: ${cause.message}`,
    { stream_name: relation, error: cause.message },
    { cause },
  );
}

/** Too many pushes at once. */
export function apiConnectionLimit(): ServiceError {
  return new ServiceError(
    "ApiConnectionLimit",
    "The API connections limit has been exceded. Close some of the existing connections before opening new ones.",
  );
}

function of(name: string): string {
  return `pipeline-id=N/A pipeline-name="${name}"`;
}

function whatExists(endpoint: UnknownEndpoint, relation: string, direction: string): string {
  const { connectors, relations = [] } = endpoint;
  if (connectors === undefined) {
    return `the pipeline has no ${relation} '${endpoint.relation}'; it has ${listed(relations, `no ${relation}s`)}`;
  }
  return `${relation} '${endpoint.relation}' has no ${direction} connector '${endpoint.connector}'; it has ${listed(connectors, "none")}`;
}

function listed(names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const shown = names.slice(0, 20).map((name) => `'${name}'`);
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
