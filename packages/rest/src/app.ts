/** The REST facade: every operation on its path, every error in the one envelope. */

import { randomUUID } from "node:crypto";
import { type IncomingMessage } from "node:http";
import { Readable } from "node:stream";

import { Router } from "@koa/router";
import {
  type Access,
  type Caller,
  DEFAULT_TENANT,
  invalidParam,
  requireRole,
  type Service,
} from "@tidemark/service";
import Koa from "koa";

import { apiKeyOperations } from "./api-keys.ts";
import { type Answer } from "./answer.ts";
import { checkpointOperations } from "./checkpoints.ts";
import { clusterEventOperations } from "./cluster-events.ts";
import { followStatus } from "./completion-events.ts";
import { completionOperations } from "./completion.ts";
import { compress } from "./compress.ts";
import { connectorOperations } from "./connectors.ts";
import { egressOperations } from "./egress.ts";
import { asServiceError, envelope } from "./envelope.ts";
import { challenge } from "./challenge.ts";
import { credentialsOf } from "./credentials.ts";
import { healthOperations, type VersionInfo } from "./health.ts";
import { ingressOperations } from "./ingress.ts";
import { awaitLateBody } from "./late-body.ts";
import { lifecycleOperations } from "./lifecycle.ts";
import { logOperations } from "./logs.ts";
import { notOfferedRoutes } from "./not-offered.ts";
import { type Call, type Operation } from "./operation.ts";
import { pipelineOperations } from "./pipelines.ts";
import { documentOperations } from "./openapi/document-operations.ts";
import { routerPath } from "./placeholders.ts";
import { parseQuery } from "./query-params.ts";
import { type QueryRenderers } from "./query-formats.ts";
import { queryOperations } from "./query.ts";
import { type LoginProvider, sessionOperations } from "./session.ts";
import { type Usage } from "./stats-json.ts";
import { statsOperations } from "./stats.ts";
import { refuseUnrouted } from "./unrouted.ts";

/** Sizes and times that requests may have. */
export interface RestLimits {
  /** The largest JSON body, in bytes; pushed bodies have no limit. */
  readonly maximumJsonBytes: number;
  /** A longer `Prefer: wait` is cut to this; the service's own maximum holds besides. */
  readonly maximumWaitSeconds: number;
  /** Streams of events send a comment after so long without an event. */
  readonly keepAliveMs: number;
}

/** The limits where nothing else is configured. */
export const DEFAULT_REST_LIMITS: RestLimits = {
  maximumJsonBytes: 2_097_152,
  maximumWaitSeconds: 300,
  keepAliveMs: 15_000,
};

/** A fault inside the server, for operators. */
export interface RestFault {
  readonly level: "error";
  readonly message: string;
  /** What the response carries as `X-Request-Id`. */
  readonly requestId: string;
  readonly error: unknown;
}

/** What the facade is made of. */
export interface RestOptions {
  readonly service: Service;
  readonly renderers: QueryRenderers;
  readonly version: VersionInfo;
  readonly log: (fault: RestFault) => void;
  /** Who calls. */
  readonly access: Access;
  /** Where people log in, if they can. */
  readonly login?: LoginProvider | undefined;
  readonly limits?: RestLimits;
  /** What this process uses of the machine, for stats. */
  readonly usage: () => Usage;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/** Makes the facade; serve it with `createServer` and `app.callback()`. */
export function createRestApp(options: RestOptions): Koa {
  const log = (requestId: string, error: unknown): void => {
    options.log({ level: "error", message: "a request failed", requestId, error });
  };
  const authenticate: Authenticate = (request) =>
    options.access.authenticate(credentialsOf(request));
  const app = new Koa();
  // What reaches this happened while an answer was being sent; a client that left is no fault.
  app.on("error", (error: Error, context?: Koa.Context) => {
    if (context?.writable === true) log(context.response.get("X-Request-Id"), error);
  });
  const router = new Router({ sensitive: true, strict: true });
  for (const operation of operations(options, log)) {
    router.register(routerPath(operation.path), [operation.method], async (context) => {
      send(context, await run(operation, context, { ...options, authenticate }));
    });
  }
  const notOffered = notOfferedRoutes(authenticate);
  app.use(awaitLateBody);
  app.use(compress);
  app.use(answerFaults(log));
  app.use(refuseMalformedHead);
  // First, as one of its paths also fits the pattern of an operation.
  app.use(notOffered.routes());
  app.use(router.routes());
  app.use(refuseUnrouted([router, notOffered], authenticate));
  return app;
}

/** Every operation of the facade. */
export function operations(
  options: RestOptions,
  log: (requestId: string, error: unknown) => void,
): readonly Operation[] {
  const { service, limits = DEFAULT_REST_LIMITS } = options;
  const described = [
    ...pipelineOperations(service),
    ...lifecycleOperations(service),
    ...completionOperations(service, limits),
    followStatus(service, limits, log),
    ...ingressOperations(service, limits),
    ...egressOperations(service, log),
    ...connectorOperations(service),
    ...statsOperations(service, options),
    ...logOperations(service),
    ...checkpointOperations(service),
    ...queryOperations(service, { ...options, ...limits, log }),
    ...apiKeyOperations(service),
    ...sessionOperations(options.access, options.login),
    ...healthOperations(service, options),
    ...clusterEventOperations(service, options),
  ];
  return [...described, ...documentOperations(described, options.version.version)];
}

async function run(
  operation: Operation,
  context: Koa.Context & { readonly params: Readonly<Record<string, string>> },
  {
    authenticate,
    service,
    limits = DEFAULT_REST_LIMITS,
  }: RestOptions & { readonly authenticate: Authenticate },
): Promise<Answer> {
  const caller = await admit(operation, context.req, authenticate);
  const param = (name: string): string => context.params[name] ?? "";
  const call: Call = {
    caller,
    signal: signalOf(context),
    requestId: context.response.get("X-Request-Id"),
    request: context.req,
    maximumJsonBytes: limits.maximumJsonBytes,
    param,
    query: () => parseQuery(context.querystring),
  };
  try {
    return await operation.run(call);
  } catch (error) {
    if (operation.access === "gated" && asServiceError(error).reason === "InvalidParam") {
      await service.connectors.stats(caller, param("pipeline_name"));
    }
    throw error;
  }
}

type Authenticate = (request: IncomingMessage) => Promise<Caller>;

/** The caller, once known and of the role that the operation asks. */
async function admit(
  { role, access }: Operation,
  request: IncomingMessage,
  authenticate: Authenticate,
): Promise<Caller> {
  if (role === "anyone" || access === "session") return { tenant: DEFAULT_TENANT, role: "read" };
  const caller = await authenticate(request);
  requireRole(caller, role);
  return caller;
}

/** Aborts when the connection goes before the response has been sent. */
function signalOf({ res }: Koa.Context): AbortSignal {
  const controller = new AbortController();
  res.once("close", () => {
    if (!res.writableFinished) controller.abort(new Error("the client went away"));
  });
  return controller.signal;
}

function answerFaults(log: (requestId: string, error: unknown) => void): Koa.Middleware {
  return async (context, next) => {
    const requestId = requestIdOf(context.req);
    context.set("X-Request-Id", requestId);
    try {
      await next();
    } catch (fault) {
      if (!context.writable) return;
      const error = asServiceError(fault);
      if (error.reason === "InternalError") log(requestId, error.cause ?? error);
      send(context, envelope(error, requestId));
      if (context.status === 401)
        context.set("WWW-Authenticate", challenge(context.req, error.message));
      // What the client still sends is taken off the wire, so that it gets to read the answer.
      context.req.resume();
    }
  };
}

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w.:-]{1,128}$/u.test(given) ? given : randomUUID();
}

const refuseMalformedHead: Koa.Middleware = async (context, next) => {
  const { httpVersion, headers } = context.req;
  if (headers.host === undefined && httpVersion !== "1.0") {
    throw invalidParam("the request has no Host header");
  }
  if (context.path.includes("%")) requireDecodable(context.path);
  await next();
};

function requireDecodable(path: string): void {
  try {
    decodeURIComponent(path);
  } catch {
    throw invalidParam(`malformed percent-encoding in the path '${path.slice(0, 200)}'`);
  }
}

function send(context: Koa.Context, answer: Answer): void {
  context.status = answer.status;
  const { body } = answer;
  context.body =
    typeof body === "string" ? body : Readable.from(body, { highWaterMark: 2, objectMode: true });
  context.remove("Content-Type");
  context.set(answer.headers);
  // What is streamed may have nothing to say for long; that it began is told at once.
  if (typeof body !== "string") context.flushHeaders();
}
