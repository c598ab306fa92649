/** Pushing a body into a table. */

import {
  ConfigError,
  PipelineClosedError,
  type Pushed,
  PushLimitError,
  type RunningPipeline,
  UnknownTableError,
} from "@tidemark/connector";
import { encodeToken, type Sealer } from "@tidemark/core";

import { fromPushFault, pushEndpoint, unknownInputStream } from "./errors/config.ts";
import {
  apiConnectionLimit,
  pipelineDisconnected,
  pipelineTimedOut,
  terminating,
} from "./errors/interaction.ts";
import { parseErrors } from "./errors/parse-errors.ts";
import { type Directory } from "./pipelines/directory.ts";
import { type PipelineHost } from "./pipelines/pipeline-host.ts";
import { type CallOptions, type Caller, type Ingested, type IngestRequest } from "./service.ts";
import { type Limits, type Scheduler } from "./service-options.ts";

/** What pushing works on. */
export interface IngestPorts {
  readonly directory: Directory;
  readonly sealer: Sealer;
  readonly scheduler: Scheduler;
  readonly limits: Pick<Limits, "pausedPushMs">;
}

/** Pushes a body and answers the token that covers it. */
export async function ingest(
  ports: IngestPorts,
  caller: Caller,
  request: IngestRequest,
  { signal }: CallOptions,
): Promise<Ingested> {
  const { host } = ports.directory.entry(caller.tenant, request.pipeline);
  host.ours("ingress");
  if (!request.force) await untilResumed(ports, host, signal);
  const running = host.gate();
  const pushed = await push(host, running, request, signal);
  const { incarnation, frontier } = pushed.progress;
  const { connector, records, errorCount } = pushed;
  const claim = { connector, incarnation, frontier, level: "delivered" as const };
  const token = encodeToken({ pipeline: host.record.id, claims: [claim] }, ports.sealer);
  if (errorCount > 0) throw parseErrors(pushed, token);
  return { token, records };
}

async function push(
  host: PipelineHost,
  running: RunningPipeline,
  request: IngestRequest,
  signal: AbortSignal,
): Promise<Pushed> {
  const { table, format, body, force } = request;
  try {
    return await running.push({ table, format, body, force, signal });
  } catch (error) {
    if (error instanceof UnknownTableError) {
      throw unknownInputStream(pushEndpoint(request), error.table);
    }
    if (error instanceof ConfigError) throw fromPushFault(error, request);
    if (error instanceof PushLimitError) throw apiConnectionLimit();
    if (error instanceof PipelineClosedError) throw terminating();
    if (host.running !== running) throw pipelineDisconnected(request.pipeline, path(request));
    throw error;
  }
}

/** Resolves once the pipeline is not paused; throws when it stays so for too long, or stops. */
async function untilResumed(
  { scheduler, limits }: IngestPorts,
  host: PipelineHost,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (!host.gate().paused) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason);
  const look = (): void => {
    try {
      if (!host.gate().paused) resolve();
    } catch (error) {
      reject(error);
    }
  };
  signal.addEventListener("abort", abort);
  const unsubscribe = host.subscribe(look);
  const stopTimer = scheduler.after(limits.pausedPushMs, () => reject(paused(host, limits)));
  try {
    await promise;
  } finally {
    stopTimer();
    unsubscribe();
    signal.removeEventListener("abort", abort);
  }
}

function paused(host: PipelineHost, limits: Pick<Limits, "pausedPushMs">): Error {
  return pipelineTimedOut(host.record.name, "/ingress", {
    seconds: limits.pausedPushMs / 1000,
    why: "the pipeline is paused and takes in nothing; resume it, or push with force=true",
  });
}

function path(request: IngestRequest): string {
  return `/ingress/${request.table}`;
}
