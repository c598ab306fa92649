/** Our own server with one ready pipeline, as the benchmark runs it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadConfig, startServer } from "@tidemark/server";

import { COLUMNS } from "./flights.ts";

/** The pipeline, its table and connector. */
export const PIPELINE = "bench";

const PROGRAM = `
CREATE TABLE flights (${COLUMNS.replaceAll("INTEGER", "INT")}) WITH (
  'materialized' = 'true',
  'connectors' = '[{"name": "rows", "transport": {"name": "datagen", "config": {"plan": [{"limit": 1}]}}}]'
);`;

/** A running server; its folder goes when it is disposed. */
export async function startTidemark(): Promise<
  { readonly http: number; readonly grpc: number } & AsyncDisposable
> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
  const server = await startServer(
    loadConfig({
      flags: {
        http: "127.0.0.1:0",
        grpc: "127.0.0.1:0",
        dataDir: directory,
        logLevel: "error",
      },
      environment: {},
    }),
  );
  await createPipeline(server.ports.http);
  return {
    ...server.ports,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}

async function createPipeline(port: number): Promise<void> {
  const base = `http://127.0.0.1:${port}/v0/pipelines`;
  await answered(
    fetch(base, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: PIPELINE, program_code: PROGRAM }),
    }),
  );
  await answered(fetch(`${base}/${PIPELINE}/start`, { method: "POST" }));
  for (;;) {
    const state = await answered(fetch(`${base}/${PIPELINE}?selector=status`));
    if (state.includes('"deployment_status":"Running"')) return;
    if (!state.includes('"deployment_error":null')) throw new Error(state);
  }
}

/** The body of a successful answer. */
export async function answered(call: Promise<Response>): Promise<string> {
  const response = await call;
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${body}`);
  return body;
}
