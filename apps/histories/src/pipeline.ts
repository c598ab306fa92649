/** A pipeline of one history, kept going as an operator does. */

import { setTimeout as sleep } from "node:timers/promises";

import { type Api, asRecord, type Outcome } from "./api.ts";
import { unexpected } from "./claims.ts";

const PACE_MS = 20;
const LIMIT_MS = 90_000;

/** What a pipeline is made of. */
export interface PipelineParts {
  readonly name: string;
  readonly program: string;
  readonly engine: "embedded" | "external";
}

/** Created, started, found stopped and started again, and in the end removed. */
export class Pipeline {
  readonly name: string;
  readonly path: string;
  readonly #api: Api;

  private constructor(api: Api, name: string) {
    this.#api = api;
    this.name = name;
    this.path = `/v0/pipelines/${name}`;
  }

  /** A running pipeline. */
  static async start(api: Api, { name, program, engine }: PipelineParts): Promise<Pipeline> {
    const pipeline = new Pipeline(api, name);
    const config = engine === "external" ? { engine } : {};
    const body = { name, program_code: program, runtime_config: config };
    const created = await api.ask("/v0/pipelines", { method: "POST", body });
    if (created.kind === "died" || created.status !== 201) throw failed("its creation", created);
    await pipeline.#until("program_status", "Success");
    await api.ask(`${pipeline.path}/start`, { method: "POST" });
    await pipeline.#until("deployment_status", "Running");
    return pipeline;
  }

  /** Resolves once it runs, also after a start that failed because something was not there. */
  async running(): Promise<void> {
    const deadline = Date.now() + LIMIT_MS;
    while (Date.now() < deadline) {
      const outcome = await this.#api.ask(this.path);
      const body = outcome.kind === "died" ? {} : outcome.body;
      if (body["deployment_status"] === "Running") return;
      if (
        body["deployment_status"] === "Stopped" &&
        body["deployment_desired_status"] === "Stopped"
      ) {
        await this.#api.ask(`${this.path}/start`, { method: "POST" });
      }
      await sleep(PACE_MS);
    }
    throw new Error(`pipeline ${this.name} does not come back`);
  }

  /** One of its rows for each record of a query; undefined where the server is not there. */
  async query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
    const parameters = new URLSearchParams({ sql, format: "json" });
    const path = `${this.path}/query?${parameters.toString()}`;
    const outcome = await this.#api.ask(path, { answersLines: true });
    if (outcome.kind === "died" || outcome.status === 503) return undefined;
    if (outcome.status !== 200) throw unexpected("a query", outcome);
    const { rows } = outcome.body;
    return Array.isArray(rows) ? rows.map(asRecord) : [];
  }

  /** Stops it, in good order or at once, and starts it again on what it holds. */
  async restart({ force }: { readonly force: boolean }): Promise<void> {
    const stop = force ? `${this.path}/stop?force=true` : `${this.path}/stop`;
    await this.#order(stop);
    await this.#until("deployment_status", "Stopped");
    await this.running();
  }

  /** Ends it with all it holds. */
  async remove(): Promise<void> {
    await this.#order(`${this.path}/stop?force=true`);
    await this.#until("deployment_status", "Stopped");
    await this.#order(`${this.path}/clear`);
    await this.#until("storage_status", "Cleared");
    await this.#api.ask(this.path, { method: "DELETE" });
  }

  /** Tries again until the server is there to take it. */
  async #order(path: string): Promise<void> {
    while ((await this.#api.ask(path, { method: "POST" })).kind === "died") await sleep(PACE_MS);
  }

  async #until(field: string, value: string): Promise<void> {
    const deadline = Date.now() + LIMIT_MS;
    for (;;) {
      const outcome = await this.#api.ask(this.path);
      const body = outcome.kind === "died" ? {} : outcome.body;
      if (body[field] === value) return;
      const error = asRecord(body["deployment_error"]);
      if (value === "Running" && Object.keys(error).length > 0) throw failed("its start", outcome);
      if (Date.now() > deadline) throw failed(`${field} ${value}`, outcome);
      await sleep(PACE_MS);
    }
  }
}

function failed(what: string, outcome: Outcome): Error {
  if (outcome.kind === "died") return new Error(`a pipeline fails at ${what}: the server died`);
  const { deployment_status: status, deployment_error: error } = outcome.body;
  const why = JSON.stringify({ status, error: error ?? outcome.body }).slice(0, 2000);
  return new Error(`a pipeline fails at ${what}: ${why}`);
}
