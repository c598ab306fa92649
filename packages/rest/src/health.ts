/** Health and configuration: what clients ask before they begin. */

import { initializing, type Service } from "@tidemark/service";

import { json } from "./answer.ts";
import { CONTRACT_VERSION } from "./contract-version.ts";
import { type Operation, operation } from "./operation.ts";
import { CONFIGURATION, HEALTH_STATUS, HEALTHY } from "./schemas/platform-schemas.ts";
import { type JsonObject } from "./service-answers.ts";

/** What this server is. */
export interface VersionInfo {
  readonly version: string;
  readonly revision: string;
  /** Where its releases are described. */
  readonly changelogUrl: string;
  readonly buildSource: string;
}

/** Every answer is of now; the field is there for clients that hold a check's age against it. */
const STALE_AFTER_SECONDS = 60;

/** The operations about the server itself. */
export function healthOperations(
  service: Service,
  options: { readonly version: VersionInfo; readonly wallMs: () => number },
): readonly Operation[] {
  const startedAt = new Date(options.wallMs()).toISOString();
  return [
    health(service),
    configuration(options.version),
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
        {
          all_healthy: ready,
          stale: false,
          stale_after_seconds: STALE_AFTER_SECONDS,
          api: part,
          compiler: part,
          runner: part,
        },
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
    version: CONTRACT_VERSION,
    revision: version.revision,
    runtime_revision: version.revision,
    unstable_features: null,
    changelog_url: version.changelogUrl,
    license_validity: null,
    update_info: null,
    build_info: Object.fromEntries(BUILD_INFO_KEYS.map((key) => [key, ""])),
    build_source: version.buildSource,
    allow_rust_udfs: false,
    tidemark_version: version.version,
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
