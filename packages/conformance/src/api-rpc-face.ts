/** The RPC face: the methods of `tidemark.v1` in messages of proto JSON, whatever carries them. */

import { z } from "zod";

import {
  type ApiAddress,
  type ApiChunk,
  type ApiFace,
  type ApiOutputAddress,
  type ApiPipeline,
  type ApiPush,
  type ApiPushed,
  type ApiSeveral,
  type ApiSubscribe,
  type ApiSubscription,
  type ApiTokenStatus,
  type Outcome,
  valueOf,
} from "./api-face.ts";
import { rpcWatch } from "./api-rpc-watch.ts";

/** Carries messages of `tidemark.v1`, camel-cased, with enums by name. */
export interface RpcCarrier extends AsyncDisposable {
  unary(service: string, method: string, request: object): Promise<Outcome<unknown>>;
  /** All messages of a server's stream. */
  stream(service: string, method: string, request: object): Promise<Outcome<readonly unknown[]>>;
  /** Messages of a server's stream as they come, an error being the last; `close` goes away. */
  open(
    service: string,
    method: string,
    request: object,
  ): { readonly messages: AsyncIterable<Outcome<unknown>>; readonly close: () => void };
  /** Sends a body to the service of pushes, in whatever way the protocol does best. */
  push(header: object, body: Uint8Array): Promise<Outcome<unknown>>;
}

/** Speaks `tidemark.v1` over a carrier. */
export function rpcFace(carrier: RpcCarrier): ApiFace {
  const ask = async <Value>(
    service: string,
    method: string,
    request: object,
    shape: z.ZodType<Value>,
  ): Promise<Outcome<Value>> =>
    read(shape, await carrier.unary(`tidemark.v1.${service}`, method, request));
  return {
    ...pipelineCalls(ask),
    ...completionCalls(ask),
    ...connectorCalls(ask),
    ingest: async (push) =>
      read(TOKEN, await carrier.push(headerOf(push), new TextEncoder().encode(push.body))),
    push: async (push) =>
      read(PUSHED, await carrier.push(headerOf(push), new TextEncoder().encode(push.body))),
    subscribe: (request) => subscribe(carrier, request),
    watch: (pipeline, token) => {
      const request = { pipeline, token };
      const stream = carrier.open("tidemark.v1.CompletionService", "WatchToken", request);
      return rpcWatch(stream, (message) => STATUS.parse(message));
    },
    query: async (pipeline, sql, after) => {
      const waiting =
        after === undefined ? {} : { after: after.tokens, timeout: { seconds: after.seconds } };
      const request = { pipeline, sql, ...waiting };
      return read(ROWS, await carrier.stream("tidemark.v1.QueryService", "Query", request));
    },
    [Symbol.asyncDispose]: () => carrier[Symbol.asyncDispose](),
  };
}

function read<Value>(shape: z.ZodType<Value>, outcome: Outcome<unknown>): Outcome<Value> {
  return outcome.kind === "error" ? outcome : { kind: "value", value: shape.parse(outcome.value) };
}

type Ask = <Value>(
  service: string,
  method: string,
  request: object,
  shape: z.ZodType<Value>,
) => Promise<Outcome<Value>>;

function pipelineCalls(
  ask: Ask,
): Pick<
  ApiFace,
  "create" | "edit" | "get" | "list" | "start" | "stop" | "pause" | "resume" | "clear" | "delete"
> {
  const service = "PipelineService";
  const act =
    (method: string) =>
    (pipeline: string): Promise<Outcome<void>> =>
      ask(service, method, { pipeline }, NOTHING);
  return {
    create: (name, programCode) => ask(service, "CreatePipeline", { name, programCode }, PIPELINE),
    edit: (pipeline, programCode) =>
      ask(service, "UpdatePipeline", { pipeline, programCode }, PIPELINE),
    get: (pipeline) => ask(service, "GetPipeline", { pipeline }, PIPELINE),
    list: () => ask(service, "ListPipelines", {}, NAMES),
    start: (pipeline, initial) => ask(service, "StartPipeline", { pipeline, initial }, NOTHING),
    stop: (pipeline, { force }) => ask(service, "StopPipeline", { pipeline, force }, NOTHING),
    pause: act("PausePipeline"),
    resume: act("ResumePipeline"),
    clear: act("ClearPipeline"),
    delete: act("DeletePipeline"),
  };
}

function completionCalls(
  ask: Ask,
): Pick<ApiFace, "token" | "check" | "wait" | "checkSeveral" | "join"> {
  const service = "CompletionService";
  return {
    token: (address, basis = "received") =>
      ask(
        service,
        "GenerateToken",
        { ...address, basis: basis === "head" ? "BASIS_HEAD" : "BASIS_RECEIVED" },
        TOKEN,
      ),
    check: (pipeline, token) => ask(service, "CheckToken", { pipeline, token }, STATUS),
    wait: (pipeline, token, seconds) =>
      ask(service, "WaitToken", { pipeline, token, timeout: { seconds } }, STATUS),
    checkSeveral: (pipeline, tokens, { mode, wait }) =>
      ask(
        service,
        "CheckTokens",
        {
          pipeline,
          tokens,
          mode: `TOKEN_MODE_${mode.toUpperCase()}`,
          ...(wait === undefined ? {} : { timeout: { seconds: wait } }),
        },
        SEVERAL,
      ),
    join: (pipeline, tokens) => ask(service, "JoinTokens", { pipeline, tokens }, TOKEN),
  };
}

function connectorCalls(
  ask: Ask,
): Pick<ApiFace, "startConnector" | "pauseConnector" | "startOutput" | "pauseOutput" | "input"> {
  const service = "ConnectorService";
  const act =
    (method: string) =>
    (address: ApiAddress | ApiOutputAddress): Promise<Outcome<void>> =>
      ask(service, method, address, NOTHING);
  return {
    startConnector: (address, options = { skipRejected: false }) =>
      ask(service, "StartConnector", { ...address, ...options }, NOTHING),
    pauseConnector: act("PauseConnector"),
    startOutput: act("StartOutputConnector"),
    pauseOutput: act("PauseOutputConnector"),
    input: (address) => ask(service, "GetInputConnector", address, INPUT),
  };
}

async function subscribe(
  carrier: RpcCarrier,
  { parameters = {}, ...request }: ApiSubscribe,
): Promise<Outcome<ApiSubscription>> {
  const given = { ...request, formatParameters: parameters };
  const { messages, close } = carrier.open("tidemark.v1.EgressService", "Subscribe", given);
  const iterator = messages[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) throw new Error("the subscription did not begin");
  if (first.value.kind === "error") return first.value;
  z.object({ begun: z.unknown() }).parse(first.value.value);
  const next = async (): Promise<ApiChunk | undefined> => {
    const message = await iterator.next();
    if (message.done === true) return undefined;
    const { chunk } = z.object({ chunk: CHUNK }).parse(valueOf(message.value));
    return { ...chunk, data: dataOf(chunk.data, request.format) };
  };
  const dispose = async (): Promise<void> => {
    close();
    // What is under way ends in an error, which nobody reads any more.
    await iterator.next().catch(() => undefined);
  };
  return { kind: "value", value: { next, [Symbol.asyncDispose]: dispose } };
}

function dataOf(data: string | Uint8Array | undefined, format: string): unknown {
  if (data === undefined) return undefined;
  const bytes = typeof data === "string" ? Buffer.from(data, "base64") : Buffer.from(data);
  return format === "csv" ? bytes.toString() : JSON.parse(bytes.toString());
}

function headerOf(push: ApiPush): object {
  const {
    pipeline,
    table,
    format,
    parameters = {},
    force = false,
    key,
    durable,
    atomic,
    wait,
    metadata = "",
  } = push;
  return {
    pipeline,
    table,
    format,
    formatParameters: parameters,
    force,
    ...(metadata === "" ? {} : { connectorMetadata: metadata }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(durable === undefined ? {} : { durable }),
    ...(atomic === undefined ? {} : { atomic }),
    ...(wait === undefined ? {} : { wait: { seconds: wait } }),
  };
}

// Proto JSON leaves out what has its default value, and writes 64-bit numbers as text.
const NUMBER = z.coerce.number().default(0);
const TEXT = z.string().default("");
const NOTHING = z.unknown().transform((): void => undefined);
const TOKEN = z.object({ token: z.string() }).transform(({ token }) => token);

const PIPELINE_FIELDS = z
  .object({
    id: z.string(),
    name: z.string(),
    programStatus: TEXT,
    deploymentStatus: TEXT,
    storageStatus: TEXT,
    programErrors: z
      .array(z.object({ errorType: TEXT, message: TEXT, startLine: NUMBER }))
      .default([]),
    deploymentError: z.object({ errorCode: TEXT }).nullish(),
  })
  .transform((found): ApiPipeline => ({
    ...found,
    deploymentError: found.deploymentError?.errorCode ?? "",
  }));

const PIPELINE = z.object({ pipeline: PIPELINE_FIELDS }).transform(({ pipeline }) => pipeline);

const NAMES = z
  .object({ pipelines: z.array(PIPELINE_FIELDS).default([]) })
  .transform(({ pipelines }): readonly string[] => pipelines.map(({ name }) => name));

const CHUNK = z.object({
  sequenceNumber: NUMBER,
  snapshot: z.boolean().default(false),
  step: NUMBER,
  data: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
});

const REJECTION = z.object({
  connector: TEXT,
  offset: z.coerce.number().optional(),
  error: TEXT,
  field: z.string().optional(),
  record: z.string().optional(),
});

const STATUS = z
  .object({
    status: z.object({
      status: z.enum(["COMPLETION_STATUS_COMPLETE", "COMPLETION_STATUS_IN_PROGRESS"]),
      step: z.coerce.number().optional(),
      remaining: NUMBER,
      reasons: z.array(z.object({ code: TEXT })).default([]),
      rejected: z.coerce.number().optional(),
      rejections: z.array(REJECTION).default([]),
    }),
  })
  .transform(({ status }): ApiTokenStatus => ({
    status: status.status === "COMPLETION_STATUS_COMPLETE" ? "complete" : "inprogress",
    step: status.step,
    remaining: status.remaining,
    reasons: status.reasons.map(({ code }) => code),
    rejected: status.rejected,
    rejections: status.rejections.map(({ offset, field, record, ...each }) => ({
      ...each,
      offset,
      field,
      record,
    })),
  }));

const STATUS_WORDS = {
  COMPLETION_STATUS_COMPLETE: "complete",
  COMPLETION_STATUS_IN_PROGRESS: "inprogress",
} as const;
const STATUS_WORD = z
  .enum(["COMPLETION_STATUS_COMPLETE", "COMPLETION_STATUS_IN_PROGRESS"])
  .transform((word) => STATUS_WORDS[word]);

const PUSHED = z
  .object({ token: z.string(), status: z.object({ status: STATUS_WORD }).nullish() })
  .transform(({ token, status }): ApiPushed => ({ token, status: status?.status }));

const SEVERAL = z
  .object({
    status: STATUS_WORD,
    tokens: z.array(z.object({ status: z.object({ status: STATUS_WORD }).nullish() })),
  })
  .transform(({ status, tokens }): ApiSeveral => ({
    status,
    tokens: tokens.map((token) => token.status?.status ?? "lost"),
  }));

const INPUT = z
  .object({
    connector: z.object({
      endpoint: z.string(),
      paused: z.boolean().default(false),
      endOfInput: z.boolean().default(false),
      totalRecords: NUMBER,
    }),
  })
  .transform(({ connector }) => connector);

const ROWS = z
  .array(z.object({ rows: z.array(z.string()).default([]) }))
  .transform((messages): readonly unknown[] =>
    messages.flatMap(({ rows }) => rows.map((row): unknown => JSON.parse(row))),
  );
