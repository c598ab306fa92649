import { OPEN_ACCESS, type Role } from "@tidemark/service";
import { expect, test } from "vitest";

import { operations } from "./app.ts";
import { fakeService } from "./testing/fake-service.ts";
import { restOptions, serve } from "./testing/serve.ts";

const PIPELINE = "/v0/pipelines/{pipeline_name}";
const INPUT = `${PIPELINE}/tables/{table_name}/connectors/{connector_name}`;

/** Every operation with the least role that may ask it, as documented. */
const DOCUMENTED: Readonly<Record<string, Role | "anyone">> = {
  "GET /healthz": "anyone",
  "GET /openapi.json": "anyone",
  "GET /docs": "anyone",
  "GET /config/authentication": "anyone",
  "GET /v0/config": "read",
  "GET /v0/config/session": "read",
  "GET /v0/api_keys": "write",
  "POST /v0/api_keys": "write",
  "GET /v0/api_keys/{api_key_name}": "write",
  "DELETE /v0/api_keys/{api_key_name}": "write",
  "GET /v0/cluster_healthz": "read",
  "GET /v0/pipelines": "read",
  "POST /v0/pipelines": "write",
  [`GET ${PIPELINE}`]: "read",
  [`PUT ${PIPELINE}`]: "write",
  [`PATCH ${PIPELINE}`]: "write",
  [`DELETE ${PIPELINE}`]: "write",
  [`POST ${PIPELINE}/start`]: "write",
  [`POST ${PIPELINE}/stop`]: "write",
  [`POST ${PIPELINE}/pause`]: "write",
  [`POST ${PIPELINE}/resume`]: "write",
  [`POST ${PIPELINE}/activate`]: "write",
  [`POST ${PIPELINE}/clear`]: "write",
  [`POST ${PIPELINE}/dismiss_error`]: "write",
  [`GET ${PIPELINE}/stats`]: "read",
  [`GET ${PIPELINE}/logs`]: "read",
  [`GET ${PIPELINE}/checkpoint_status`]: "read",
  [`GET ${PIPELINE}/checkpoint/sync_status`]: "read",
  [`GET ${PIPELINE}/checkpoints`]: "read",
  "GET /v0/cluster/events": "read",
  "GET /v0/cluster/events/{event_id}": "read",
  [`GET ${PIPELINE}/query`]: "write",
  [`POST ${PIPELINE}/ingress/{table_name}`]: "write",
  [`POST ${PIPELINE}/egress/{table_name}`]: "write",
  [`GET ${PIPELINE}/completion_status`]: "read",
  [`POST ${PIPELINE}/completion_status`]: "read",
  [`GET ${PIPELINE}/completion_status/events`]: "read",
  [`POST ${PIPELINE}/completion_tokens:join`]: "read",
  [`GET ${INPUT}/completion_token`]: "write",
  [`GET ${INPUT}/stats`]: "read",
  [`POST ${INPUT}/{action}`]: "write",
  [`POST ${PIPELINE}/views/{view_name}/connectors/{connector_name}/{action}`]: "write",
  [`GET ${PIPELINE}/views/{view_name}/connectors/{connector_name}/stats`]: "read",
};

const OPERATIONS = operations(restOptions(fakeService({})), () => {});

test("every operation asks the documented role", () => {
  const asked = OPERATIONS.map(({ method, path, role }) => [`${method} ${path}`, role]);
  expect(Object.fromEntries(asked)).toEqual(DOCUMENTED);
});

test.each(OPERATIONS.filter(({ role }) => role === "write"))(
  "$method $path is refused to readers before anything else is looked at",
  async ({ method, path, role }) => {
    const caller = { tenant: "default", role: "read" } as const;
    await using served = await serve(
      {},
      { access: { ...OPEN_ACCESS, authenticate: () => Promise.resolve(caller) } },
    );
    const concrete = path.replaceAll(/\{\w+\}/gu, "x");
    const response = await served.ask(`${concrete}?odd=%ZZ`, { method });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      message: `Insufficient permissions: this action requires the '${role}' role, but the caller has 'read'`,
      error_code: "InsufficientPermissions",
      details: { required: role, actual: "read" },
    });
  },
);
