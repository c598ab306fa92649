/** The faces of the service: REST and Connect share the HTTP port, gRPC has its own. */

import { type RequestListener } from "node:http";

import { encodeRowJson, renderTextTable } from "@tidemark/format";
import { createRestApp, type QueryRenderers } from "@tidemark/rest";
import { connectHandler, createGrpcServer, type GrpcServer, type RpcOptions } from "@tidemark/rpc";
import { type Caller, type Service } from "@tidemark/service";
import { type Logger } from "pino";

import { logEvent } from "./log.ts";
import { type Config } from "./settings.ts";
import { VERSION } from "./version.ts";

/** Nobody has to authenticate: everyone is the one tenant. */
const CALLER: Caller = { tenant: "default", role: "admin" };

/** The faces, which don't listen yet. */
export interface Faces {
  readonly http: RequestListener;
  readonly grpc: GrpcServer;
}

/** Makes all faces of one service. */
export function openFaces(service: Service, config: Config, log: Logger): Faces {
  const rpc: RpcOptions = {
    service,
    authenticate: () => Promise.resolve(CALLER),
    renderRow: encodeRowJson,
    log: (fault) => logEvent(log, fault),
  };
  const connect = connectHandler(rpc);
  const rest = restListener(service, config, log);
  return {
    http(request, response) {
      if (connect.handles(request.url)) connect.listener(request, response);
      else rest(request, response);
    },
    grpc: createGrpcServer(rpc),
  };
}

function restListener(service: Service, config: Config, log: Logger): RequestListener {
  const app = createRestApp({
    service,
    renderers: { jsonRow: encodeRowJson, textTable },
    version: { version: VERSION, revision: "", changelogUrl: "", buildSource: "source" },
    log: (fault) => logEvent(log, fault),
    authenticate: () => Promise.resolve(CALLER),
    limits: { maximumJsonBytes: config.maxJsonBytes, maximumWaitSeconds: config.maxWaitSeconds },
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 };
    },
    wallMs: Date.now,
  });
  const answer = app.callback();
  return (request, response) => void answer(request, response);
}

/** A table's columns are as wide as their widest value, so all rows are gathered first. */
const textTable: QueryRenderers["textTable"] = async function* textTable(columns, rows) {
  const all = [];
  for await (const batch of rows) all.push(...batch);
  yield renderTextTable(columns, all);
};
