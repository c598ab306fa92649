/** Pushing a body into a table. */

import {
  BodyRejectedError,
  BodyTooLargeError,
  ConfigError,
  KeyReusedError,
  PipelineClosedError,
  type Pushed,
  PushLimitError,
  type RunningPipeline,
  UnknownTableError,
} from "@tidemark/connector";
import { type Claim, encodeToken, type Sealer } from "@tidemark/core";

import { fromPushFault, pushEndpoint, unknownInputStream } from "./errors/config.ts";
import {
  apiConnectionLimit,
  idempotencyKeyReused,
  pipelineDisconnected,
  pipelineTimedOut,
  terminating,
} from "./errors/interaction.ts";
import { bodyRejected, parseErrors } from "./errors/parse-errors.ts";
import { bodyTooLarge } from "./errors/request.ts";
import { invalidParam } from "./errors/token.ts";
import { pushMetadata } from "./push-metadata.ts";
import { type Directory } from "./pipelines/directory.ts";
import { type PipelineHost } from "./pipelines/pipeline-host.ts";
import { type Reason } from "./reasons.ts";
import {
  type CallOptions,
  type Caller,
  type Ingested,
  type IngestRequest,
  type TokenStatus,
} from "./service.ts";
import { ServiceError } from "./service-error.ts";
import { type Limits, type Scheduler } from "./service-options.ts";
import { type Judged } from "./tokens/judged.ts";
import { type Waits } from "./tokens/wait.ts";

/** What pushing works on. */
export interface IngestPorts {
  readonly directory: Directory;
  readonly waits: Waits;
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
  const { idempotencyKey } = request;
  if (idempotencyKey !== undefined) requireKey(idempotencyKey);
  const told = request.metadata === undefined ? {} : { metadata: pushMetadata(request.metadata) };
  if (!request.force) await untilResumed(ports, host, signal);
  const running = host.gate();
  const pushed = await push(host, running, { ...request, ...told }, signal);
  const claims = claimsOf(pushed);
  const token = encodeToken({ pipeline: host.record.id, claims }, ports.sealer);
  if (pushed.errorCount > 0) throw parseErrors(pushed, token);
  const { records } = pushed;
  if (request.waitMs === undefined) return { token, records };
  const judged = { pipeline: request.pipeline, running, claims };
  const status = await waitFor(ports.waits, judged, { timeoutMs: request.waitMs, signal });
  return status === undefined ? { token, records } : { token, records, status };
}

function claimsOf({ connector, earlier, progress }: Pushed): readonly Claim[] {
  return [...earlier, progress].map(({ incarnation, frontier, spans }) => ({
    connector,
    incarnation,
    frontier,
    level: "delivered",
    ...(spans === undefined ? {} : { spans }),
  }));
}

function requireKey(key: string): void {
  if (/^[\x20-\x7e]{1,255}$/u.test(key)) return;
  throw invalidParam(
    `an idempotency key must have 1 to 255 printable ASCII characters, and this one has ${key.length} characters`,
  );
}

/** What a wait ends with; undefined where none can be had: the push itself has succeeded all the same. */
async function waitFor(
  waits: Waits,
  judged: Judged,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<TokenStatus | undefined> {
  try {
    return await waits.wait(judged, options);
  } catch (error) {
    if (error instanceof ServiceError && NO_WAIT.has(error.reason)) return undefined;
    throw error;
  }
}

const NO_WAIT: ReadonlySet<string> = new Set<Reason>([
  "TooManyWaiters",
  "PipelineInteractionUnreachable",
]);

async function push(
  host: PipelineHost,
  running: RunningPipeline,
  request: IngestRequest,
  signal: AbortSignal,
): Promise<Pushed> {
  const { table, format, body, force, durable = false, atomic = false, idempotencyKey } = request;
  const key = idempotencyKey === undefined ? {} : { key: idempotencyKey };
  const told = request.metadata === undefined ? {} : { metadata: request.metadata };
  try {
    const how = { force, durable, atomic, ...key, ...told };
    return await running.push({ table, format, body, ...how, signal });
  } catch (error) {
    if (error instanceof UnknownTableError) {
      throw unknownInputStream(pushEndpoint(request), error.table);
    }
    if (error instanceof ConfigError) throw fromPushFault(error, request);
    if (error instanceof KeyReusedError) throw idempotencyKeyReused(error.key, error.difference);
    if (error instanceof BodyRejectedError) throw bodyRejected(error);
    if (error instanceof BodyTooLargeError) throw bodyTooLarge(error.limitBytes);
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
    const { running, record } = host;
    if (running === undefined || record.resourcesStatus !== "Provisioned") reject(terminating());
    else if (!running.paused) resolve();
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
