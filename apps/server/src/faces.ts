/** The faces of the service: REST and Connect share the HTTP port, gRPC has its own. */

import { type RequestListener } from "node:http";

import { QUERY_RENDERERS, queryJsonRow } from "@tidemark/query-format";
import {
  createRestApp,
  guardOrigins,
  type LoginProvider,
  openQuerySockets,
  originRefusal,
  type QuerySockets,
} from "@tidemark/rest";
import { connectHandler, createGrpcServer, type GrpcServer, type RpcOptions } from "@tidemark/rpc";
import { type Access, type Service } from "@tidemark/service";
import { type Logger } from "pino";

import { logEvent } from "./log.ts";
import { originRules } from "./origin-rules.ts";
import { type Config } from "./settings.ts";
import { VERSION } from "./version.ts";

/** Proxies give up on connections that are silent for a minute, some for half of one. */
const KEEP_ALIVE_MS = 15_000;

/** The faces, which don't listen yet. */
export interface Faces {
  readonly http: RequestListener;
  /** What the HTTP listener hands its upgrades to. */
  readonly sockets: QuerySockets;
  readonly grpc: GrpcServer;
}

/** Makes all faces of one service. */
export function openFaces(service: Service, access: Access, config: Config, log: Logger): Faces {
  const rpc: RpcOptions = {
    service,
    authenticate: (credentials) => access.authenticate(credentials),
    queryWriters: { ...QUERY_RENDERERS, jsonRow: queryJsonRow },
    log: (fault) => logEvent(log, fault),
  };
  const connect = connectHandler(rpc);
  const rest = restListener(service, access, config, log);
  const rules = originRules(config);
  return {
    http: guardOrigins(rules, (request, response) => {
      if (connect.handles(request.url)) connect.listener(request, response);
      else rest(request, response);
    }),
    sockets: openQuerySockets({
      service,
      access,
      refusal: (request) => originRefusal(request, rules),
      renderers: QUERY_RENDERERS,
      maximumWaitSeconds: config.maxWaitSeconds,
      log: (fault) => logEvent(log, fault),
      every,
    }),
    grpc: createGrpcServer(rpc),
  };
}

function every(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms);
  timer.unref();
  return () => clearInterval(timer);
}

function restListener(
  service: Service,
  access: Access,
  config: Config,
  log: Logger,
): RequestListener {
  const app = createRestApp({
    service,
    renderers: QUERY_RENDERERS,
    version: { version: VERSION, revision: "", changelogUrl: "", buildSource: "source" },
    log: (fault) => logEvent(log, fault),
    access,
    login: loginOf(config),
    limits: {
      maximumJsonBytes: config.maxJsonBytes,
      maximumWaitSeconds: config.maxWaitSeconds,
      keepAliveMs: KEEP_ALIVE_MS,
    },
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 };
    },
    wallMs: Date.now,
  });
  const answer = app.callback();
  return (request, response) => void answer(request, response);
}

function loginOf({
  oidcIssuer,
  oidcAudience,
  oidcClientId,
  oidcScopes,
}: Config): LoginProvider | undefined {
  if (oidcIssuer === undefined) return undefined;
  const clientId = oidcClientId ?? oidcAudience ?? "";
  return { issuer: oidcIssuer, clientId, extraScopes: oidcScopes };
}
