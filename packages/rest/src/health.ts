/** Health, configuration and session: what clients ask before they begin. */

import { type Caller, initializing, type Service } from "@tidemark/service";

import { json } from "./answer.ts";
import { type Operation } from "./operation.ts";
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
    {
      method: "GET",
      path: "/healthz",
      role: "anyone",
      run() {
        if (!service.ready) throw initializing();
        return json({ status: "healthy" });
      },
    },
    { method: "GET", path: "/config/authentication", role: "anyone", run: () => json({}) },
    {
      method: "GET",
      path: "/v0/config",
      role: "read",
      run: () => json(configJson(options.version)),
    },
    {
      method: "GET",
      path: "/v0/config/session",
      role: "read",
      run: (call) => json(sessionJson(call.caller)),
    },
    {
      method: "GET",
      path: "/v0/cluster_healthz",
      role: "read",
      run() {
        const { ready } = service;
        const part = {
          healthy: ready,
          message: ready ? "" : "still starting",
          unchanged_since: startedAt,
          checked_at: new Date(options.wallMs()).toISOString(),
        };
        return json(
          { all_healthy: ready, api: part, compiler: part, runner: part },
          ready ? {} : { status: 503, headers: { "Retry-After": "1" } },
        );
      },
    },
  ];
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
