/** The REST face: the documented paths by `fetch`. */

import { z } from "zod";

import {
  type ApiAddress,
  type ApiError,
  type ApiFace,
  type ApiHeaders,
  type ApiInput,
  type ApiOutputAddress,
  type ApiPipeline,
  type ApiPush,
  type ApiPushed,
  type ApiSeveral,
  type ApiSubscribe,
  type ApiSubscription,
  type ApiTokenStatus,
  type Outcome,
} from "./api-face.ts";
import { restSubscription } from "./api-rest-egress.ts";
import { restWatch } from "./api-rest-watch.ts";

/** Speaks REST to the server at an address such as `http://127.0.0.1:8080`. */
export function restFace(baseUrl: string, common: ApiHeaders = {}): ApiFace {
  const ask = async <Value>(
    method: string,
    path: string,
    read: (text: string) => Value,
    init: RequestInit = {},
  ): Promise<Outcome<Value>> => {
    const given = { ...common, ...Object.fromEntries(new Headers(init.headers)) };
    const response = await fetch(baseUrl + path, { method, ...init, headers: given });
    const text = await response.text();
    return response.ok
      ? { kind: "value", value: read(text) }
      : { kind: "error", error: readError(response, text) };
  };
  const post = (path: string): Promise<Outcome<void>> => ask("POST", path, nothing);
  return {
    ...pipelineCalls(ask, post),
    token: (address, basis = "received") =>
      ask("GET", `${input(address)}/completion_token?basis=${basis}`, readToken),
    check: (name, token) => ask("GET", statusPath(name, token), readStatus),
    wait: (name, token, seconds) =>
      ask("GET", statusPath(name, token), readStatus, { headers: { prefer: `wait=${seconds}` } }),
    watch: (name, token) => restWatch(baseUrl + eventsPath(name, token), common, WATCH_READERS),
    join: (name, tokens) =>
      ask("POST", `${pipeline(name)}/completion_tokens:join`, readToken, jsonBody({ tokens })),
    checkSeveral: (name, tokens, { mode, wait }) => {
      const init = jsonBody({ tokens, mode });
      const headers = { ...init.headers, ...waitHeader(wait) };
      return ask("POST", `${pipeline(name)}/completion_status`, readSeveral, { ...init, headers });
    },
    ingest: (push) => ask("POST", ingressPath(push), readToken, pushInit(push)),
    push: (push) => ask("POST", ingressPath(push), readPushed, pushInit(push)),
    query: (name, sql, after) =>
      ask("GET", `${pipeline(name)}/query?${querySearch(sql, after)}`, rows),
    subscribe: (request) => subscribe(baseUrl, common, request),
    startConnector: (address, options) =>
      post(`${input(address)}/start${options?.skipRejected === true ? "?skip_rejected=true" : ""}`),
    pauseConnector: (address) => post(`${input(address)}/pause`),
    startOutput: (address) => post(`${output(address)}/start`),
    pauseOutput: (address) => post(`${output(address)}/pause`),
    input: (address) => ask("GET", `${input(address)}/stats`, readInput),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function subscribe(
  baseUrl: string,
  headers: ApiHeaders,
  { pipeline: name, relation, format, parameters = {}, ...flags }: ApiSubscribe,
): Promise<Outcome<ApiSubscription>> {
  const { backpressure = false, sendSnapshot = false } = flags;
  const query = new URLSearchParams({
    format,
    ...parameters,
    backpressure: String(backpressure),
    send_snapshot: String(sendSnapshot),
  });
  const gone = new AbortController();
  const path = `${pipeline(name)}/egress/${segment(relation)}?${query.toString()}`;
  const response = await fetch(baseUrl + path, { method: "POST", headers, signal: gone.signal });
  if (!response.ok) return { kind: "error", error: readError(response, await response.text()) };
  const value = restSubscription(response, () => gone.abort(new Error("enough")));
  return { kind: "value", value };
}

type Ask = <Value>(
  method: string,
  path: string,
  read: (text: string) => Value,
  init?: RequestInit,
) => Promise<Outcome<Value>>;

function pipelineCalls(
  ask: Ask,
  post: (path: string) => Promise<Outcome<void>>,
): Pick<
  ApiFace,
  "create" | "edit" | "get" | "list" | "start" | "stop" | "pause" | "resume" | "clear" | "delete"
> {
  return {
    create: (name, programCode) =>
      ask("POST", "/v0/pipelines", readPipeline, jsonBody({ name, program_code: programCode })),
    edit: (name, programCode) =>
      ask("PATCH", pipeline(name), readPipeline, jsonBody({ program_code: programCode })),
    get: (name) => ask("GET", pipeline(name), readPipeline),
    list: () => ask("GET", "/v0/pipelines?selector=status", readNames),
    start: (name, initial) => post(`${pipeline(name)}/start?initial=${segment(initial)}`),
    stop: (name, { force }) => post(`${pipeline(name)}/stop?force=${force}`),
    pause: (name) => post(`${pipeline(name)}/pause`),
    resume: (name) => post(`${pipeline(name)}/resume`),
    clear: (name) => post(`${pipeline(name)}/clear`),
    delete: (name) => ask("DELETE", pipeline(name), nothing),
  };
}

function pipeline(name: string): string {
  return `/v0/pipelines/${segment(name)}`;
}

function input(address: ApiAddress): string {
  const table = segment(address.table);
  return `${pipeline(address.pipeline)}/tables/${table}/connectors/${segment(address.connector)}`;
}

function output(address: ApiOutputAddress): string {
  const view = segment(address.view);
  return `${pipeline(address.pipeline)}/views/${view}/connectors/${segment(address.connector)}`;
}

function statusPath(name: string, token: string): string {
  return `${pipeline(name)}/completion_status?token=${segment(token)}`;
}

function eventsPath(name: string, token: string): string {
  return `${pipeline(name)}/completion_status/events?token=${segment(token)}`;
}

function ingressPath(push: ApiPush): string {
  const { format, parameters = {}, force = false, durable, atomic, metadata } = push;
  const query = new URLSearchParams({ format, ...parameters, force: String(force) });
  if (durable !== undefined) query.set("durable", String(durable));
  if (atomic !== undefined) query.set("atomic", String(atomic));
  if (metadata !== undefined) query.set("connector_metadata", metadata);
  return `${pipeline(push.pipeline)}/ingress/${segment(push.table)}?${query.toString()}`;
}

function segment(text: string): string {
  return encodeURIComponent(text);
}

function pushInit({ body, key, wait }: ApiPush): RequestInit {
  const keyed = key === undefined ? {} : { "idempotency-key": key };
  return { body, headers: { ...keyed, ...waitHeader(wait) } };
}

function waitHeader(seconds: number | undefined): Readonly<Record<string, string>> {
  return seconds === undefined ? {} : { prefer: `wait=${seconds}` };
}

function querySearch(sql: string, after: Parameters<ApiFace["query"]>[2]): string {
  const search = new URLSearchParams({ sql, format: "json" });
  for (const token of after?.tokens ?? []) search.append("after", token);
  if (after !== undefined) search.set("timeout", String(after.seconds));
  return search.toString();
}

function jsonBody(value: unknown): {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  return { body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

function nothing(): void {
  // Whether it says anything is no part of the answer.
}

const ERROR = z.strictObject({
  message: z.string(),
  error_code: z.string(),
  details: z.record(z.string(), z.unknown()),
});

function readError(response: Response, text: string): ApiError {
  if (response.headers.get("content-type") !== "application/json") {
    throw new Error(`an error must be JSON, not ${response.headers.get("content-type")}: ${text}`);
  }
  if (response.status === 503 && response.headers.get("retry-after") === null) {
    throw new Error(`a 503 must say when to try again: ${text}`);
  }
  const error = ERROR.parse(JSON.parse(text));
  const details = Object.entries(error.details).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return {
    reason: error.error_code,
    message: error.message,
    details: Object.fromEntries(details),
  };
}

const PIPELINE = z.object({
  id: z.string(),
  name: z.string(),
  program_status: z.string(),
  deployment_status: z.string(),
  storage_status: z.string(),
  program_error: z.object({
    sql_compilation: z
      .object({
        messages: z.array(
          z.object({ error_type: z.string(), message: z.string(), start_line_number: z.number() }),
        ),
      })
      .nullable(),
  }),
  deployment_error: z.object({ error_code: z.string() }).nullable(),
});

function readPipeline(text: string): ApiPipeline {
  const found = PIPELINE.parse(JSON.parse(text));
  return {
    id: found.id,
    name: found.name,
    programStatus: found.program_status,
    deploymentStatus: found.deployment_status,
    storageStatus: found.storage_status,
    programErrors: (found.program_error.sql_compilation?.messages ?? []).map((error) => ({
      errorType: error.error_type,
      message: error.message,
      startLine: error.start_line_number,
    })),
    deploymentError: found.deployment_error?.error_code ?? "",
  };
}

function readNames(text: string): readonly string[] {
  return z
    .array(z.object({ name: z.string() }))
    .parse(JSON.parse(text))
    .map(({ name }) => name);
}

function readToken(text: string): string {
  return z.object({ token: z.string() }).parse(JSON.parse(text)).token;
}

const STATUS_WORD = z.enum(["complete", "inprogress"]);

function readPushed(text: string): ApiPushed {
  const { token, status } = z
    .object({ token: z.string(), status: STATUS_WORD.optional() })
    .parse(JSON.parse(text));
  return { token, status };
}

function readSeveral(text: string): ApiSeveral {
  const { status, tokens } = z
    .object({
      status: STATUS_WORD,
      tokens: z.array(z.object({ status: z.enum([...STATUS_WORD.options, "lost"]) })),
    })
    .parse(JSON.parse(text));
  return { status, tokens: tokens.map((token) => token.status) };
}

const STATUS = z.object({
  status: z.enum(["complete", "inprogress"]),
  step: z.number().nullable(),
  remaining: z.number(),
  reasons: z.array(z.object({ code: z.string() })),
  rejected: z.number().nullable(),
  rejections: z.array(
    z.object({
      connector: z.string(),
      offset: z.coerce.number(),
      error: z.string(),
      field: z.string().nullable(),
      record: z.string().nullable(),
    }),
  ),
});

function readStatus(text: string): ApiTokenStatus {
  const { step, reasons, rejected, rejections, ...rest } = STATUS.parse(JSON.parse(text));
  return {
    ...rest,
    step: step ?? undefined,
    reasons: reasons.map(({ code }) => code),
    rejected: rejected ?? undefined,
    rejections: rejections.map(({ field, record, ...each }) => ({
      ...each,
      field: field ?? undefined,
      record: record ?? undefined,
    })),
  };
}

const WATCH_READERS = {
  status: readStatus,
  refusal: (response: Response, text: string): Outcome<never> => ({
    kind: "error",
    error: readError(response, text),
  }),
};

const INPUT = z.object({
  endpoint_name: z.string(),
  paused: z.boolean(),
  metrics: z.object({ end_of_input: z.boolean(), total_records: z.number() }),
});

function readInput(text: string): ApiInput {
  const { endpoint_name: endpoint, paused, metrics } = INPUT.parse(JSON.parse(text));
  return {
    endpoint,
    paused,
    endOfInput: metrics.end_of_input,
    totalRecords: metrics.total_records,
  };
}

function rows(text: string): readonly unknown[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}
