/** Health, configuration and session: what clients ask before they begin. */

import { type Caller, initializing, type Service } from "@tidemark/service";

import { json } from "./answer.ts";
import { type Operation, operation } from "./operation.ts";
import {
  AUTH_PROVIDER,
  CONFIGURATION,
  HEALTH_STATUS,
  HEALTHY,
  SESSION_INFO,
} from "./schemas/platform-schemas.ts";
import { type JsonObject } from "./service-answers.ts";

/** What this server is. */
export interface VersionInfo {
  readonly version: string;
  readonly revision: string;
  /** Where its releases are described. */
  readonly changelogUrl: string;
  readonly buildSource: string;
}

/** The operations about the server itself. */
export function healthOperations(
  service: Service,
  options: { readonly version: VersionInfo; readonly wallMs: () => number },
): readonly Operation[] {
  const startedAt = new Date(options.wallMs()).toISOString();
  return [
    health(service),
    authentication(),
    configuration(options.version),
    session(),
    clusterHealth(service, startedAt, options.wallMs),
  ];
}

function health(service: Service): Operation {
  return operation({
    id: "get_health",
    method: "GET",
    path: "/healthz",
    role: "anyone",
    tag: "Platform",
    summary: "Ask whether the server is ready",
    description: "Ready means that every pipeline that was to be recovered has been.",
    takes: {},
    answers: { 200: { description: "It is ready.", json: HEALTHY } },
    errors: ["Initializing"],
    run() {
      if (!service.ready) throw initializing();
      return json({ status: "healthy" });
    },
  });
}

function authentication(): Operation {
  return operation({
    id: "get_config_authentication",
    method: "GET",
    path: "/config/authentication",
    role: "anyone",
    tag: "Platform",
    summary: "Ask how to authenticate",
    description: "For clients that let a user log in.",
    takes: {},
    answers: { 200: { description: "Where users log in.", json: AUTH_PROVIDER } },
    errors: [],
    run: () => json({}),
  });
}

function configuration(version: VersionInfo): Operation {
  return operation({
    id: "get_config",
    method: "GET",
    path: "/v0/config",
    role: "read",
    tag: "Platform",
    summary: "Read what this server is",
    description: "Its version, and the documented fields that other clients look for.",
    takes: {},
    answers: { 200: { description: "What it is.", json: CONFIGURATION } },
    errors: [],
    run: () => json(configJson(version)),
  });
}

function session(): Operation {
  return operation({
    id: "get_config_session",
    method: "GET",
    path: "/v0/config/session",
    role: "read",
    tag: "Platform",
    summary: "Read who the caller is",
    description: "The tenant and the role that the request's credentials give.",
    takes: {},
    answers: { 200: { description: "The caller.", json: SESSION_INFO } },
    errors: [],
    run: (call) => json(sessionJson(call.caller)),
  });
}

function clusterHealth(service: Service, startedAt: string, wallMs: () => number): Operation {
  return operation({
    id: "get_cluster_health",
    method: "GET",
    path: "/v0/cluster_healthz",
    role: "read",
    tag: "Platform",
    summary: "Read the health of all parts",
    description: "This server is one part; the three documented ones are always alike.",
    takes: {},
    answers: {
      200: { description: "All are healthy.", json: HEALTH_STATUS },
      503: { description: "Some are not.", json: HEALTH_STATUS },
    },
    errors: [],
    run() {
      const { ready } = service;
      const part = {
        healthy: ready,
        message: ready ? "" : "still starting",
        unchanged_since: startedAt,
        checked_at: new Date(wallMs()).toISOString(),
      };
      return json(
        { all_healthy: ready, api: part, compiler: part, runner: part },
        ready ? {} : { status: 503, headers: { "Retry-After": "1" } },
      );
    },
  });
}

function configJson(version: VersionInfo): JsonObject {
  return {
    posthog: "",
    conceptualhq: "",
    product_fruits: "",
    edition: "Open source",
    version: version.version,
    revision: version.revision,
    runtime_revision: version.revision,
    unstable_features: null,
    changelog_url: version.changelogUrl,
    license_validity: null,
    update_info: null,
    build_info: Object.fromEntries(BUILD_INFO_KEYS.map((key) => [key, ""])),
    build_source: version.buildSource,
  };
}

/** Documented keys that describe a build of another kind; present for clients that insist. */
const BUILD_INFO_KEYS = [
  "build_timestamp",
  "build_cpu",
  "build_os",
  "cargo_dependencies",
  "cargo_features",
  "cargo_debug",
  "cargo_opt_level",
  "cargo_target_triple",
  "rustc_version",
] as const;

function sessionJson(caller: Caller): JsonObject {
  return {
    tenant_id: caller.tenant === "default" ? "00000000-0000-0000-0000-000000000000" : null,
    tenant_name: caller.tenant,
    role: "admin",
    memberships: [],
  };
}
