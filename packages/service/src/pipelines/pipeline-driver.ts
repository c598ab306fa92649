/** A pipeline's driver: does job after job until the pipeline is as its record desires. */

import { type Log, type PipelineRecord, type RunningPipeline } from "@tidemark/connector";

import { cannotStartWithCompilationError, storageClearFailed } from "../errors/lifecycle.ts";
import { type Limits, type ServiceOptions } from "../service-options.ts";
import { compileProgram } from "./compile-program.ts";
import { deliveredAll } from "./delivered-all.ts";
import { engineOf } from "./engine-kind.ts";
import { deployFault, envelope, messageOf, runtimeFault } from "./deployment-error.ts";
import { settlesWithin, untilAborted } from "./interrupt.ts";
import { type Job, nextJob } from "./next-job.ts";
import { type PipelineHost } from "./pipeline-host.ts";
import { cleared, deployed, fail, provision, stopped, stopping } from "./transitions.ts";

const NO_RUST =
  "user-defined functions in Rust (udf_rust) are not supported here: programs run in an embedded database; leave udf_rust empty";

/** Brings one pipeline to what its record desires; one job at a time. */
export class PipelineDriver {
  readonly #host: PipelineHost;
  readonly #options: ServiceOptions;
  readonly #limits: Limits;
  #driving: Promise<void> | undefined;
  #closed = false;
  /** Set when a job failed in a way that doing it again at once would not mend. */
  #stuck = false;
  /** Gives up a deployment that is not there yet. */
  #giveUp = new AbortController();
  /** Ends draining early. */
  #force = new AbortController();
  /** What an earlier run left going on; nothing may open the storage before it has ended. */
  #leftover: Promise<unknown> = Promise.resolve();

  constructor(host: PipelineHost, options: ServiceOptions, limits: Limits) {
    this.#host = host;
    this.#options = options;
    this.#limits = limits;
  }

  /** Does what is to be done, if it isn't at it already; resolves when there is nothing left. */
  kick(): Promise<void> {
    this.#driving ??= this.#drive().finally(() => {
      this.#driving = undefined;
      if (this.#nextJob() !== undefined && !this.#stuck) void this.kick();
    });
    return this.#driving;
  }

  /** After the record says so: gives up a deployment under way, with `force` also draining. */
  interrupt(options: { readonly force: boolean }): void {
    this.#giveUp.abort();
    if (options.force) this.#force.abort();
  }

  /** Drains and ends what runs; the record keeps what is desired, so that a restart resumes it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#giveUp.abort();
    const driving = this.#driving ?? Promise.resolve();
    await settlesWithin(driving, this.#limits.drainMs, this.#options.scheduler);
    await this.#endRunning();
    await settlesWithin(this.#leftover, this.#limits.disposeMs, this.#options.scheduler);
  }

  #nextJob(): Job | undefined {
    return this.#closed || this.#host.deleted ? undefined : nextJob(this.#host.record);
  }

  async #drive(): Promise<void> {
    this.#stuck = false;
    for (let job = this.#nextJob(); job !== undefined; job = this.#nextJob()) {
      try {
        await this.#do(job);
      } catch (error) {
        // Whoever deletes a pipeline need not wait for what is done to it.
        if (this.#host.deleted) return;
        this.#stuck = true;
        this.#log("error", "a pipeline could not be brought to its desired state", error);
        return;
      }
    }
  }

  #do(job: Job): Promise<unknown> {
    switch (job) {
      case "compile":
        return this.#compile();
      case "clear":
        return this.#clear();
      case "deploy":
        return this.#deploy();
      case "stop":
        return this.#stop();
      case "abandon-start":
        return this.#update((record) =>
          fail(record, envelope(cannotStartWithCompilationError()), this.#now()),
        );
      default:
        throw new TypeError(`unknown job ${String(job satisfies never)}`);
    }
  }

  async #compile(): Promise<void> {
    const { programCode, programVersion, udfRust } = this.#host.record;
    const move = (fields: Partial<PipelineRecord>): Promise<PipelineRecord> =>
      this.#update((record) =>
        record.programVersion === programVersion ? this.#moved(record, fields) : record,
      );
    await move({ programStatus: "CompilingSql" });
    try {
      const outcome = await compileProgram(programCode, engineOf(this.#host.record), this.#options);
      if (outcome.kind === "invalid") {
        await move({ programStatus: "SqlError", programErrors: outcome.errors });
        return;
      }
      await move({ programStatus: "SqlCompiled", programInfo: outcome.info });
    } catch (error) {
      if (this.#host.deleted) return;
      this.#log("error", "a program could not be compiled", error);
      await move({ programStatus: "SystemError", systemError: messageOf(error) });
      return;
    }
    await move({ programStatus: "CompilingRust" });
    if (udfRust.trim() !== "") {
      await move({ programStatus: "SystemError", systemError: NO_RUST });
      return;
    }
    await move({ programStatus: "Success" });
  }

  /** The record of a program that came so far; the end of each half of compiling is a detail of it. */
  #moved(record: PipelineRecord, fields: Partial<PipelineRecord>): PipelineRecord {
    const isDetail = !["CompilingSql", "CompilingRust"].includes(String(fields.programStatus));
    return {
      ...record,
      ...fields,
      detailVersion: record.detailVersion + (isDetail ? 1 : 0),
      programStatusSinceMs: this.#now(),
    };
  }

  async #clear(): Promise<void> {
    await this.#leftover;
    try {
      await this.#options.clear(this.#host.record.id);
    } catch (error) {
      this.#log("error", "a pipeline's storage could not be cleared", error);
      const deploymentError = envelope(storageClearFailed(messageOf(error)));
      await this.#update((record) => ({ ...record, storageStatus: "InUse", deploymentError }));
      return;
    }
    await this.#update(cleared);
  }

  async #deploy(): Promise<void> {
    this.#giveUp = new AbortController();
    this.#force = new AbortController();
    const record = await this.#update((current) =>
      provision(current, {
        deploymentId: this.#options.newId(),
        outputs: this.#host.program.views.some(({ connectors }) => connectors.length > 0),
        nowMs: this.#now(),
      }),
    );
    if (record.resourcesDesired === "Stopped") return;
    const { signal } = this.#giveUp;
    const runtime =
      record.runtimeDesired ?? (record.deploymentInitial === "Paused" ? "Paused" : "Running");
    const attempt = this.#open(record, runtime === "Paused", signal);
    try {
      const outcome = await untilAborted(attempt, signal);
      if (outcome.kind === "interrupted") {
        this.#leave(attempt.then(dispose));
        return;
      }
      this.#run(outcome.value);
    } catch (error) {
      this.#log("error", "a pipeline could not be deployed", error);
      await this.#update((current) => fail(current, deployFault(error), this.#now()));
      return;
    }
    await this.#update((current) => deployed(current, runtime, this.#now()));
  }

  async #open(
    record: PipelineRecord,
    paused: boolean,
    signal: AbortSignal,
  ): Promise<RunningPipeline> {
    await this.#leftover;
    signal.throwIfAborted();
    const log: Log = (event) => this.#host.tell(event);
    return this.#options.deploy({ record, program: this.#host.program, paused, signal, log });
  }

  #run(running: RunningPipeline): void {
    this.#host.setRunning(running);
    void running.failure.then((error) => this.#failed(running, error));
  }

  async #failed(running: RunningPipeline, error: Error): Promise<void> {
    if (this.#host.running !== running) return;
    this.#log("error", "a pipeline ended by itself", error);
    this.#force.abort();
    try {
      await this.#update((record) => fail(record, runtimeFault(error), this.#now()));
    } catch (fault) {
      this.#log("error", "a pipeline's failure could not be recorded", fault);
    }
    await this.kick();
  }

  async #stop(): Promise<void> {
    await this.#update((record) => stopping(record, this.#now()));
    const delivered = await this.#endRunning();
    await this.#update((record) => stopped(record, this.#now(), { delivered }));
  }

  /** Answers whether it has ended with everything delivered. */
  async #endRunning(): Promise<boolean> {
    const { running } = this.#host;
    if (running === undefined) return false;
    await this.#drain(running);
    let delivered = false;
    const end = async (): Promise<void> => {
      await dispose(running);
      delivered = deliveredAll(running);
    };
    this.#leave(end());
    this.#host.setRunning(undefined);
    await settlesWithin(this.#leftover, this.#limits.disposeMs, this.#options.scheduler);
    return delivered;
  }

  async #drain(running: RunningPipeline): Promise<void> {
    const cancel = this.#options.scheduler.after(this.#limits.drainMs, () => {
      this.#log("warn", "a pipeline did not drain in time");
      this.#force.abort();
    });
    try {
      const { signal } = this.#force;
      if (!signal.aborted) await untilAborted(running.drain({ signal }), signal);
    } catch (error) {
      this.#log("error", "a pipeline could not be drained", error);
    } finally {
      cancel();
    }
  }

  #leave(task: Promise<unknown>): void {
    const ended = task.catch((error: unknown) => {
      if (!(error instanceof Error && error.name === "AbortError")) {
        this.#log("error", "a pipeline did not end cleanly", error);
      }
    });
    this.#leftover = Promise.all([this.#leftover, ended]);
  }

  #update(change: (record: PipelineRecord) => PipelineRecord): Promise<PipelineRecord> {
    return this.#host.update(change);
  }

  #now(): number {
    return this.#options.clock.wallMs();
  }

  #log(level: "warn" | "error", message: string, error?: unknown): void {
    this.#host.tell({ level, message, error });
    this.#options.log({ level, message, pipeline: this.#host.record.name, error });
  }
}

async function dispose(running: RunningPipeline): Promise<void> {
  await running[Symbol.asyncDispose]();
}
