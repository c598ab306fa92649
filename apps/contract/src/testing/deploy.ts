/** Pipelines in the tests: made, started and stopped with the contract's client. */

import { setTimeout as pause } from "node:timers/promises";

import { type CheckedClient } from "./checked-client.ts";

/** Creates and starts a pipeline; resolves once it runs. */
export async function deployed(checked: CheckedClient, name: string): Promise<void> {
  const body = { name, program_code: program(checked.folder, name) };
  await checked.client.POST("/v0/pipelines", { body });
  await reached(checked, name, { program_status: "Success" });
  await started(checked, name, "running");
  await reached(checked, name, { deployment_status: "Running" });
}

/** Starts a pipeline; resolves once it is there. */
export async function started(
  checked: CheckedClient,
  name: string,
  initial: "running" | "paused",
): Promise<void> {
  const params = { path: { pipeline_name: name }, query: { initial } };
  await checked.client.POST("/v0/pipelines/{pipeline_name}/start", { params });
  const deployment = initial === "running" ? "Running" : "Paused";
  await reached(checked, name, { deployment_status: deployment });
}

/** Stops a pipeline; resolves once it is stopped. */
export async function stopped(checked: CheckedClient, name: string): Promise<void> {
  const params = { path: { pipeline_name: name }, query: { force: true } };
  await checked.client.POST("/v0/pipelines/{pipeline_name}/stop", { params });
  await reached(checked, name, { deployment_status: "Stopped" });
}

/** Resolves once a pipeline has these statuses. */
export async function reached(
  { client }: CheckedClient,
  name: string,
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  const params = { path: { pipeline_name: name }, query: { selector: "status" as const } };
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- each answer decides whether to ask again
    const { data } = await client.GET("/v0/pipelines/{pipeline_name}", { params });
    if (data === undefined) throw new Error(`there is no pipeline '${name}'`);
    const fields = new Map<string, unknown>(Object.entries(data));
    if (Object.entries(wanted).every(([field, value]) => fields.get(field) === value)) return;
    if (data.deployment_error) throw new Error(JSON.stringify(data.deployment_error));
    // oxlint-disable-next-line no-await-in-loop
    await pause(10);
  }
}

/** Asks for one after the other. */
export async function inTurn<Item>(
  items: readonly Item[],
  ask: (item: Item) => Promise<unknown>,
): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- in turn
  for (const item of items) await ask(item);
}

/** A table `t` with an input `c`, and a view `v` with an output `out`. */
export function program(folder: string, name: string): string {
  const input = [{ name: "c", transport: { name: "datagen", config: { plan: [{ limit: 3 }] } } }];
  const config = { path: `${folder}/${name}.ndjson` };
  const output = [
    { name: "out", transport: { name: "file_output", config }, format: { name: "json" } },
  ];
  return `CREATE TABLE t (id BIGINT, s VARCHAR) WITH ('connectors' = '${JSON.stringify(input)}');
CREATE MATERIALIZED VIEW v WITH ('connectors' = '${JSON.stringify(output)}') AS SELECT * FROM t;`;
}
