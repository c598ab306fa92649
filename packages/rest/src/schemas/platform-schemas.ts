/** The server itself, as the document describes it. */

import { z } from "zod";

import { COUNT, INSTANT, UUID } from "./values.ts";

/** That the server is healthy. */
export const HEALTHY: z.ZodType = z.object({ status: z.literal("healthy") });

/** How callers authenticate; empty where they need not, or with keys only. */
export const AUTH_PROVIDER: z.ZodType = z
  .looseObject({
    GenericOidc: z
      .object({
        issuer: z.string(),
        client_id: z.string(),
        extra_oidc_scopes: z.array(z.string()),
      })
      .meta({ id: "ProviderGenericOidc", description: "An OpenID Connect issuer." })
      .optional(),
  })
  .meta({
    id: "AuthProvider",
    description: "Where users log in; empty where there is no such place.",
  });

/** What this server is. */
export const CONFIGURATION: z.ZodType = z
  .object({
    posthog: z.string(),
    conceptualhq: z.string(),
    product_fruits: z.string(),
    edition: z.string(),
    version: z.string().describe("The version of the documented API that it answers as."),
    revision: z.string().describe("What it was built from."),
    runtime_revision: z.string(),
    unstable_features: z.string().nullable(),
    changelog_url: z.string().describe("Where its releases are described."),
    license_validity: z.null(),
    update_info: z.null(),
    build_info: z
      .object({
        build_timestamp: z.string(),
        build_cpu: z.string(),
        build_os: z.string(),
        cargo_dependencies: z.string(),
        cargo_features: z.string(),
        cargo_debug: z.string(),
        cargo_opt_level: z.string(),
        cargo_target_triple: z.string(),
        rustc_version: z.string(),
      })
      .meta({ id: "BuildInformation", description: "Empty: this server is not built that way." }),
    build_source: z.string(),
    allow_rust_udfs: z.literal(false).describe("There are no functions in Rust here."),
    tidemark_version: z.string().describe("The version of this server itself."),
  })
  .meta({ id: "Configuration", description: "What this server is." });

const ROLE = z
  .enum(["read", "write", "admin", "owner"])
  .meta({ id: "Role", description: "What a caller may do, growing from left to right." });

/** Who the caller is. */
export const SESSION_INFO: z.ZodType = z
  .object({
    tenant_id: UUID.nullable(),
    tenant_name: z.string().nullable(),
    role: ROLE.nullable(),
    user_created_at: z.null().describe("Users are known by their credentials only."),
    memberships: z.array(
      z
        .object({ tenant_id: UUID, name: z.string(), role: ROLE })
        .meta({ id: "UserMembership", description: "A tenant that the caller may act for." }),
    ),
  })
  .meta({ id: "SessionInfo", description: "Who the caller is." });

const SERVICE_STATUS = z
  .object({
    healthy: z.boolean(),
    message: z.string(),
    unchanged_since: INSTANT,
    checked_at: INSTANT,
  })
  .meta({ id: "ServiceStatus", description: "The health of one part." });

/** The health of all parts. */
export const HEALTH_STATUS: z.ZodType = z
  .object({
    all_healthy: z.boolean(),
    stale: z.literal(false).describe("The answer is of now, never of an earlier check."),
    stale_after_seconds: COUNT.describe("After how long an earlier check would be too old."),
    api: SERVICE_STATUS,
    compiler: SERVICE_STATUS,
    runner: SERVICE_STATUS,
  })
  .meta({ id: "HealthStatus", description: "The health of the server." });

const MONITOR_STATUS = z
  .enum(["InitialUnhealthy", "Unhealthy", "Healthy"])
  .meta({ id: "MonitorStatus", description: "How one part is." });

/** What watching the parts found. */
export const CLUSTER_EVENT: z.ZodType = z
  .object({
    id: UUID,
    recorded_at: INSTANT,
    all_healthy: z.boolean(),
    api_status: MONITOR_STATUS,
    api_self_info: z.string().optional(),
    api_resources_info: z.string().optional(),
    compiler_status: MONITOR_STATUS,
    compiler_self_info: z.string().optional(),
    compiler_resources_info: z.string().optional(),
    runner_status: MONITOR_STATUS,
    runner_self_info: z.string().optional(),
    runner_resources_info: z.string().optional(),
  })
  .meta({
    id: "ClusterMonitorEventSelectedInfo",
    description: "How the parts were; the selector decides whether messages are there.",
  });
