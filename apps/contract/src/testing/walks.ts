/** Walks through the contract: every operation, with each of the answers that it documents. */

import { type CheckedClient } from "./checked-client.ts";
import { deployed, inTurn, program, reached, started, stopped } from "./deploy.ts";

/** A walk: asks, and leaves the checking to the client. */
export type Walk = (checked: CheckedClient) => Promise<void>;

const INPUT = "/v0/pipelines/{pipeline_name}/tables/{table_name}/connectors/{connector_name}";
const BAD_NAME = "/v0/pipelines/%ff";

const at = (name: string): { readonly params: { readonly path: { pipeline_name: string } } } => ({
  params: { path: { pipeline_name: name } },
});

/** What the server says of itself. */
export const platform: Walk = async ({ client }) => {
  await client.GET("/config/authentication");
  await client.GET("/v0/config");
  await client.GET("/v0/config/session");
  await client.GET("/v0/cluster_healthz");
};

/** API keys, from made to deleted. */
export const apiKeys: Walk = async ({ client }) => {
  await client.POST("/v0/api_keys", { body: { name: "k" } });
  await client.POST("/v0/api_keys", { body: { name: "k" } });
  await client.GET("/v0/api_keys");
  const known = { params: { path: { api_key_name: "k" } } };
  await client.GET("/v0/api_keys/{api_key_name}", known);
  await client.DELETE("/v0/api_keys/{api_key_name}", known);
  await client.GET("/v0/api_keys/{api_key_name}", known);
  await client.DELETE("/v0/api_keys/{api_key_name}", known);
};

/** Pipelines as such: created, read, replaced, changed, refused and deleted. */
export const pipelines: Walk = async (checked) => {
  const { client } = checked;
  const body = (name: string) => ({ name, program_code: program(checked.folder, name) });
  await client.POST("/v0/pipelines", { body: body("a") });
  await client.POST("/v0/pipelines", { body: body("a") });
  await client.POST("/v0/pipelines", { body: body("~") });
  await client.PUT("/v0/pipelines/{pipeline_name}", { ...at("b"), body: body("b") });
  await client.PUT("/v0/pipelines/{pipeline_name}", { ...at("b"), body: body("b") });
  await client.PUT("/v0/pipelines/{pipeline_name}", { ...at("b"), body: body("a") });
  await client.PUT("/v0/pipelines/{pipeline_name}", { ...at("x"), body: body("y") });
  await client.PATCH("/v0/pipelines/{pipeline_name}", { ...at("b"), body: { description: "d" } });
  await client.PATCH("/v0/pipelines/{pipeline_name}", { ...at("b"), body: { name: "a" } });
  await client.PATCH("/v0/pipelines/{pipeline_name}", { ...at("b"), body: { name: "~" } });
  await client.PATCH("/v0/pipelines/{pipeline_name}", { ...at("x"), body: {} });
  await inTurn(["all", "status", "status_with_connectors"] as const, async (selector) => {
    await client.GET("/v0/pipelines", { params: { query: { selector } } });
    const params = { path: { pipeline_name: "a" }, query: { selector } };
    await client.GET("/v0/pipelines/{pipeline_name}", { params });
  });
  await client.GET("/v0/pipelines/{pipeline_name}", at("x"));
  await client.DELETE("/v0/pipelines/{pipeline_name}", at("x"));
  await checked.raw("DELETE", "/v0/pipelines/{pipeline_name}", BAD_NAME);
  await client.DELETE("/v0/pipelines/{pipeline_name}", at("b"));
  await reached(checked, "a", { program_status: "Success" });
  await client.DELETE("/v0/pipelines/{pipeline_name}", at("a"));
};

const ACTIONS = ["start", "stop", "pause", "resume", "clear", "dismiss_error", "activate"] as const;

/** The lifecycle, with each way of refusing. */
export const lifecycle: Walk = async (checked) => {
  const { client } = checked;
  await inTurn(ACTIONS, async (action) => {
    await client.POST(`/v0/pipelines/{pipeline_name}/${action}`, at("x"));
    await checked.raw("POST", `/v0/pipelines/{pipeline_name}/${action}`, `${BAD_NAME}/${action}`);
  });
  await deployed(checked, "life");
  await client.POST("/v0/pipelines/{pipeline_name}/start", {
    params: { path: { pipeline_name: "life" }, query: { initial: "paused" } },
  });
  await client.POST("/v0/pipelines/{pipeline_name}/clear", at("life"));
  await client.POST("/v0/pipelines/{pipeline_name}/dismiss_error", at("life"));
  await client.DELETE("/v0/pipelines/{pipeline_name}", at("life"));
  await client.POST("/v0/pipelines/{pipeline_name}/pause", at("life"));
  await client.POST("/v0/pipelines/{pipeline_name}/resume", at("life"));
  await stopped(checked, "life");
  await client.POST("/v0/pipelines/{pipeline_name}/dismiss_error", at("life"));
  await client.POST("/v0/pipelines/{pipeline_name}/clear", at("life"));
};

/** A deployed pipeline: pushed to, asked, watched; also while it is unknown and while it is stopped. */
export const interaction: Walk = async (checked) => {
  await each(checked, "x", "t", "c");
  await statusOf(checked, "x", "no token");
  await deployed(checked, "run");
  await each(checked, "run", "t", "c");
  await each(checked, "run", "u", "c");
  const token = await tokenOf(checked, "run");
  await statusOf(checked, "run", token);
  await statusOf(checked, "run", "no token");
  await checked.raw(
    "GET",
    "/v0/pipelines/{pipeline_name}/completion_status",
    `/v0/pipelines/run/completion_status?token=${token}`,
    { headers: { prefer: "wait=10" } },
  );
  await stopped(checked, "run");
  await each(checked, "run", "t", "c");
  await statusOf(checked, "run", token);
  const params = { path: { pipeline_name: "run" } };
  await checked.client.POST("/v0/pipelines/{pipeline_name}/clear", { params });
  await reached(checked, "run", { storage_status: "Cleared" });
  await started(checked, "run", "paused");
  await statusOf(checked, "run", token);
  const waiting = { pipeline: "run", table: "t", format: "json", force: true };
  await statusOf(checked, "run", await push(checked, waiting));
};

/** Every operation on a deployed pipeline, once. */
async function each(
  checked: CheckedClient,
  pipeline: string,
  table: string,
  connector: string,
): Promise<void> {
  const { client } = checked;
  const path = { pipeline_name: pipeline, table_name: table, connector_name: connector };

  await client.GET(`${INPUT}/completion_token`, { params: { path } });
  await client.GET(`${INPUT}/stats`, { params: { path } });
  await inTurn(["pause", "start", "odd"], (action) =>
    client.POST(`${INPUT}/{action}`, { params: { path: { ...path, action } } }),
  );
  await client.GET("/v0/pipelines/{pipeline_name}/stats", {
    params: { path: { pipeline_name: pipeline } },
  });
  await push(checked, { pipeline, table, format: "json" });
  await push(checked, { pipeline, table, format: "odd" });
  const view = table === "t" ? "v" : "nothing";
  await subscribe(checked, { pipeline, view, format: "json" });
  await subscribe(checked, { pipeline, view, format: "odd" });
  await client.GET(
    "/v0/pipelines/{pipeline_name}/views/{view_name}/connectors/{connector_name}/stats",
    { params: { path: { pipeline_name: pipeline, view_name: view, connector_name: "out" } } },
  );
  await inTurn(["SELECT 1", "SELEKT"], (sql) =>
    client.GET("/v0/pipelines/{pipeline_name}/query", {
      params: { path: { pipeline_name: pipeline }, query: { sql, format: "text" } },
      parseAs: "text",
    }),
  );
}

async function subscribe(
  { client }: CheckedClient,
  given: { readonly pipeline: string; readonly view: string; readonly format: string },
): Promise<void> {
  const { data } = await client.POST("/v0/pipelines/{pipeline_name}/egress/{table_name}", {
    params: {
      path: { pipeline_name: given.pipeline, table_name: given.view },
      query: { format: given.format, send_snapshot: true },
    },
    parseAs: "stream",
  });
  await data?.cancel();
}

async function push(
  { client }: CheckedClient,
  given: {
    readonly pipeline: string;
    readonly table: string;
    readonly format: string;
    readonly force?: boolean;
  },
): Promise<string> {
  const { data } = await client.POST("/v0/pipelines/{pipeline_name}/ingress/{table_name}", {
    params: {
      path: { pipeline_name: given.pipeline, table_name: given.table },
      query: { force: given.force ?? false, format: given.format, update_format: "raw" },
    },
    body: '{"id": 1, "s": "a"}\n',
    bodySerializer: String,
    headers: { "content-type": "text/plain" },
  });
  return data?.token ?? "";
}

async function tokenOf({ client }: CheckedClient, pipeline: string): Promise<string> {
  const { data } = await client.GET(
    "/v0/pipelines/{pipeline_name}/tables/{table_name}/connectors/{connector_name}/completion_token",
    { params: { path: { pipeline_name: pipeline, table_name: "t", connector_name: "c" } } },
  );
  return data?.token ?? "";
}

async function statusOf({ client }: CheckedClient, pipeline: string, token: string): Promise<void> {
  await client.GET("/v0/pipelines/{pipeline_name}/completion_status", {
    params: { path: { pipeline_name: pipeline }, query: { token } },
  });
}
