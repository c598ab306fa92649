/** Operations of the original that make no sense here: known, and refused with what to do instead. */

import { type IncomingMessage } from "node:http";

import { Router } from "@koa/router";
import { enterpriseFeature, type ServiceError, unsupportedFeature } from "@tidemark/service";

/** One that is not offered: its feature, and what to do instead where it is not a paid one. */
export interface NotOffered {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:placeholders`. */
  readonly path: string;
  readonly feature: string;
  /** Undefined for what the original keeps for its paid edition. */
  readonly instead?: string;
}

const PIPELINE = "/v0/pipelines/:pipeline_name";
const NO_PROFILES = "programs run in an embedded database, not in a compiled circuit";
const NO_TRANSACTIONS =
  "every step is a transaction; what has to become visible together goes into one push of a JSON array";
const NO_BOOTSTRAP =
  "a program starts on what storage holds, or says why it can't, so nothing is bootstrapped";
const NO_TENANT_ADMINISTRATION = "tenants come from the credentials and need no administration";
const NO_COMMANDS = "no output has commands; start and pause it by the paths beside this one";
const NO_HISTORY =
  "no history of statuses is kept; the pipeline's status says what holds now and since when";

/** All of them. */
export const NOT_OFFERED: readonly NotOffered[] = [
  ...checkpoints(),
  ...pipelineOperations(),
  ...platformOperations(),
];

function checkpoints(): readonly NotOffered[] {
  const feature = "checkpoint";
  return [
    { method: "POST", path: `${PIPELINE}/checkpoint`, feature },
    { method: "POST", path: `${PIPELINE}/checkpoint/sync`, feature },
    {
      method: "GET",
      path: `${PIPELINE}/checkpoints/remote`,
      feature,
      instead: "every step is durable when it ends, so there are no checkpoints",
    },
  ];
}

function pipelineOperations(): readonly NotOffered[] {
  const of = (
    method: NotOffered["method"],
    action: string,
    feature: string,
    instead: string,
  ): NotOffered => ({ method, path: `${PIPELINE}/${action}`, feature, instead });
  return [
    of("POST", "approve", "bootstrapping", NO_BOOTSTRAP),
    of("POST", "diff", "bootstrapping", NO_BOOTSTRAP),
    of("POST", "start_transaction", "a transaction over several requests", NO_TRANSACTIONS),
    of("POST", "commit_transaction", "a transaction over several requests", NO_TRANSACTIONS),
    of("POST", "clock/advance", "a clock moved by hand", "the clock is the machine's"),
    of("POST", "rebalance", "rebalancing", "a pipeline runs on one machine"),
    of("POST", "start_compaction", "compaction on request", "storage is compacted by itself"),
    of("POST", "update_runtime", "recompiling for a newer runtime", "it is done at every start"),
    of("GET", "circuit_profile", "a circuit profile", NO_PROFILES),
    of("GET", "circuit_json_profile", "a circuit profile", NO_PROFILES),
    of("GET", "heap_profile", "a heap profile", NO_PROFILES),
    of("GET", "samply_profile", "a processor profile", NO_PROFILES),
    of("POST", "samply_profile", "a processor profile", NO_PROFILES),
    of("GET", "dataflow_graph", "a dataflow graph", NO_PROFILES),
    of(
      "GET",
      "metrics",
      "circuit metrics",
      "the pipeline's stats tell of its steps and connectors",
    ),
    of("GET", "time_series", "a time series of stats", "ask for the pipeline's stats repeatedly"),
    of("GET", "time_series_stream", "a time series of stats", "ask for its stats repeatedly"),
    of(
      "GET",
      "support_bundle",
      "a support bundle",
      "stats and the server's log have what is known",
    ),
    of(
      "POST",
      "views/:view_name/connectors/:connector_name/command",
      "commands of outputs",
      NO_COMMANDS,
    ),
    of("GET", "events", "a history of events", NO_HISTORY),
    of("GET", "events/:event_id", "a history of events", NO_HISTORY),
  ];
}

function platformOperations(): readonly NotOffered[] {
  const of = (
    method: NotOffered["method"],
    path: string,
    feature: string,
    instead: string,
  ): NotOffered => ({ method, path: `/v0/${path}`, feature, instead });
  const tenants = (method: NotOffered["method"], path: string): NotOffered =>
    of(method, path, "administering tenants", NO_TENANT_ADMINISTRATION);
  const trust = (method: NotOffered["method"], path: string): NotOffered =>
    of(method, path, "administering trusted issuers", "issuers are part of the configuration");
  return [
    of("GET", "config/demos", "a list of demos", "the README shows one"),
    of("GET", "config/owners", "a list of owners", NO_TENANT_ADMINISTRATION),
    of(
      "GET",
      "metrics",
      "circuit metrics",
      "each pipeline's stats tell of its steps and connectors",
    ),
    of(
      "POST",
      "validate_program",
      "compiling without a pipeline",
      "create one, and don't start it",
    ),
    trust("GET", "oidc_trust"),
    trust("POST", "oidc_trust"),
    trust("GET", "oidc_trust/:name"),
    trust("DELETE", "oidc_trust/:name"),
    tenants("GET", "tenant/users"),
    tenants("POST", "tenant/users"),
    tenants("PUT", "tenant/users/:user_id"),
    tenants("DELETE", "tenant/users/:user_id"),
    tenants("GET", "tenants"),
    tenants("POST", "tenants"),
    tenants("GET", "tenants/:tenant_id"),
    tenants("PATCH", "tenants/:tenant_id"),
    tenants("DELETE", "tenants/:tenant_id"),
  ];
}

/** Routes that refuse all of them, to known callers; apart, so that nobody else is matched with them. */
export function notOfferedRoutes(
  authenticate: (request: IncomingMessage) => Promise<unknown>,
): Router {
  const router = new Router({ sensitive: true, strict: true });
  for (const operation of NOT_OFFERED) {
    router.register(operation.path, [operation.method], async (context) => {
      await authenticate(context.req);
      throw refusal(operation);
    });
  }
  return router;
}

function refusal({ feature, instead }: NotOffered): ServiceError {
  return instead === undefined ? enterpriseFeature(feature) : unsupportedFeature(feature, instead);
}
