/** A pipeline's host: its record, durable before it is seen, and what runs of it. */

import { type PipelineRecord, type Registry, type RunningPipeline } from "@tidemark/connector";
import { parseProgram, type Program } from "@tidemark/program";

import { duplicateName } from "../errors/pipeline.ts";
import {
  externalEngine,
  pipelineInteractionNotDeployed,
  pipelineUnavailable,
  unknownPipelineName,
} from "../errors/interaction.ts";

import { changesOf, type Happening, logLine } from "../logs/log-text.ts";
import { PipelineLog } from "../logs/pipeline-log.ts";
import { type ServiceOptions } from "../service-options.ts";
import { engineOf } from "./engine-kind.ts";

/** What a host needs from outside. */
export type HostPorts = Pick<ServiceOptions, "registry" | "clock" | "newId">;

const NO_PROGRAM: Program = { tables: [], views: [] };

/** Keeps one pipeline's record and running part; all changes of the record go through it, in order. */
export class PipelineHost {
  readonly #registry: Registry;
  readonly #log: PipelineLog;
  readonly #wallMs: () => number;
  readonly #listeners = new Set<() => void>();
  #record: PipelineRecord;
  #running: RunningPipeline | undefined;
  #deleted = false;
  #writes: Promise<unknown> = Promise.resolve();
  #parsed: { readonly sql: string; readonly program: Program } | undefined;

  constructor(record: PipelineRecord, { registry, clock, newId }: HostPorts) {
    this.#record = record;
    this.#registry = registry;
    this.#log = new PipelineLog(newId());
    this.#wallMs = () => clock.wallMs();
  }

  /** What happened to it lately. */
  get log(): PipelineLog {
    return this.#log;
  }

  /** The record as it was last made durable. */
  get record(): PipelineRecord {
    return this.#record;
  }

  /** What is deployed of it, also while it drains. */
  get running(): RunningPipeline | undefined {
    return this.#running;
  }

  /** Whether it was deleted. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** The parsed program; an empty one where it doesn't parse. */
  get program(): Program {
    const sql = this.#record.programCode;
    if (this.#parsed?.sql !== sql) {
      const parsed = parseProgram(sql);
      this.#parsed = { sql, program: parsed.kind === "program" ? parsed.program : NO_PROGRAM };
    }
    return this.#parsed.program;
  }

  /** The same, of an engine that is ours; throws `ExternalEngine` where it isn't. */
  ours(operation: string): RunningPipeline {
    const running = this.gate();
    if (engineOf(this.#record) === "external") throw externalEngine(this.#record.name, operation);
    return running;
  }

  /** The documented gate: the running pipeline, or why nobody can talk to it now. */
  gate(): RunningPipeline {
    const { name, resourcesStatus, resourcesDesired } = this.#record;
    if (this.#deleted) throw unknownPipelineName(name);
    if (resourcesStatus !== "Provisioned") {
      throw pipelineInteractionNotDeployed(name, resourcesStatus, resourcesDesired);
    }
    if (this.#running === undefined) throw pipelineUnavailable(name);
    return this.#running;
  }

  /**
   * Changes the record: `change` is given the record as it stands when its turn comes, and may throw
   * to refuse or answer the same record to leave it. Resolves once the change is durable.
   */
  update(change: (record: PipelineRecord) => PipelineRecord): Promise<PipelineRecord> {
    return this.#inTurn(async () => {
      const before = this.#record;
      if (this.#deleted) throw unknownPipelineName(before.name);
      const changed = change(before);
      if (changed === before) return before;
      const record = { ...changed, refreshVersion: before.refreshVersion + 1 };
      const outcome = await this.#registry.replace(record, before.refreshVersion);
      if (outcome === "taken") throw duplicateName();
      if (outcome === "conflict") throw conflict();
      this.#record = record;
      for (const happening of changesOf(before, record)) this.tell(happening);
      this.#changed();
      return record;
    });
  }

  /** Deletes the record unless `check` refuses. */
  async delete(check: (record: PipelineRecord) => void): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#deleted) throw unknownPipelineName(this.#record.name);
      check(this.#record);
      const outcome = await this.#registry.remove(this.#record.id, this.#record.refreshVersion);
      if (outcome === "conflict") throw conflict();
      this.#deleted = true;
      this.#log.close();
      this.#changed();
    });
  }

  /** Writes what happened to its log. */
  tell(happening: Happening): void {
    this.#log.append(logLine(happening, this.#wallMs()));
  }

  /** Takes or drops the running part. */
  setRunning(running: RunningPipeline | undefined): void {
    this.#running = running;
    this.#changed();
  }

  /** Pauses or resumes what runs, as the record says. */
  applyRuntime(): void {
    const { runtimeStatus } = this.#record;
    if (runtimeStatus === "Paused") this.#running?.pause();
    if (runtimeStatus === "Running") this.#running?.resume();
    this.#changed();
  }

  /** Calls `changed` after every change of record or running part; answers how to stop. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => {
      this.#listeners.delete(changed);
    };
  }

  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.#writes.then(write);
    this.#writes = turn.catch(() => undefined);
    return turn;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function conflict(): Error {
  return new Error("the registry's record was changed by another writer");
}
