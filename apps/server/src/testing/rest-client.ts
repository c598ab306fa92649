/** REST as a caller without any code of ours does it: `fetch` and JSON. */

import { setTimeout as sleep } from "node:timers/promises";

/** An answer: its status and its JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends one request; rejects where the server can't be reached or goes away. */
export async function send(
  url: string,
  options: { readonly method?: string; readonly body?: unknown; readonly wait?: number } = {},
): Promise<Answer> {
  const { method = "GET", body, wait } = options;
  const headers: Record<string, string> = {};
  if (typeof body === "object") headers["Content-Type"] = "application/json";
  if (wait !== undefined) headers["Prefer"] = `wait=${wait}`;
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** A text field of an answer's body. */
export function textOf({ status, body }: Answer, field: string): string {
  const value = fieldOf(body, field);
  if (typeof value === "string") return value;
  throw new Error(`no text '${field}' in ${status} ${JSON.stringify(body)}`);
}

function fieldOf(body: unknown, field: string): unknown {
  return typeof body === "object" && body !== null
    ? new Map<string, unknown>(Object.entries(body)).get(field)
    : undefined;
}

/** Asks until the answer's field has this value. */
export async function until(url: string, field: string, value: string): Promise<void> {
  for (;;) {
    const answer = await send(url);
    if (fieldOf(answer.body, field) === value) return;
    if (typeof fieldOf(answer.body, "deployment_error") === "object") {
      const error = fieldOf(answer.body, "deployment_error");
      if (error !== null) throw new Error(JSON.stringify(error));
    }
    await sleep(20);
  }
}

/** Creates and starts a pipeline; resolves once it runs. */
export async function startPipeline(
  http: string,
  name: string,
  program: string,
  runtimeConfig: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const pipelines = `${http}/v0/pipelines`;
  const created = await send(pipelines, {
    method: "POST",
    body: { name, program_code: program, runtime_config: runtimeConfig },
  });
  if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  await until(`${pipelines}/${name}`, "program_status", "Success");
  await send(`${pipelines}/${name}/start`, { method: "POST" });
  await until(`${pipelines}/${name}`, "deployment_status", "Running");
}

/** The rows of a query, each parsed. */
export async function query(http: string, name: string, sql: string): Promise<readonly unknown[]> {
  const parameters = new URLSearchParams({ sql, format: "json" });
  const response = await fetch(`${http}/v0/pipelines/${name}/query?${parameters}`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}
