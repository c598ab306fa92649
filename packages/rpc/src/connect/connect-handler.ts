/** The API over Connect and gRPC-Web, as a listener for a Node HTTP server. */

import { type IncomingMessage, type ServerResponse } from "node:http";

import { Code, ConnectError, createConnectRouter } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { type UniversalHandler } from "@connectrpc/connect/protocol";

import { bindApi, SERVICES } from "../api.ts";
import { MAX_MESSAGE_BYTES, type RpcOptions } from "../rpc-options.ts";
import { connectBinder } from "./connect-binder.ts";
import { unknownMethod, withReason } from "./library-errors.ts";

/** The API for a Node HTTP server. */
export interface ConnectHandler {
  /** Whether a request's URL is one of the API's, so that others can be answered by somebody else. */
  handles(url: string | undefined): boolean;
  /** Answers a request that it handles. */
  listener(request: IncomingMessage, response: ServerResponse): void;
}

/** Makes the handler. */
export function connectHandler(options: RpcOptions): ConnectHandler {
  const router = createConnectRouter({
    // The native server speaks gRPC itself; over HTTP/1.1 it could not be carried anyway.
    grpc: false,
    readMaxBytes: MAX_MESSAGE_BYTES,
    // A misspelt field or basis that was dropped would ask for less than its caller means.
    jsonOptions: { alwaysEmitImplicit: true, ignoreUnknownFields: false },
    acceptCompression: [compressionGzip, compressionBrotli],
  });
  bindApi(connectBinder(router, options), options);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const handler = handlers.get(path);
    if (handler === undefined) return refuse(path, request, response, options.log);
    void answer(handler, request, response, options.log);
  };
  const prefixes = SERVICES.map(({ typeName }) => `/${typeName}/`);
  return {
    handles: (url = "") => prefixes.some((prefix) => url.startsWith(prefix)),
    listener,
  };
}

async function answer(
  handler: UniversalHandler,
  request: IncomingMessage,
  response: ServerResponse,
  log: RpcOptions["log"],
): Promise<void> {
  try {
    const answered = await handler(
      universalRequestFromNodeRequest(request, response, undefined, undefined),
    );
    await universalResponseToNodeResponse(await withReason(answered, log), response);
  } catch (error) {
    // A caller that has gone gets no answer.
    if (ConnectError.from(error).code === Code.Aborted) return;
    log({ level: "error", message: "a call failed", requestId: "", error });
  }
}

function refuse(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  log: RpcOptions["log"],
): void {
  const body = unknownMethod(request.method ?? "", path, log);
  response.writeHead(404, { "Content-Type": "application/json" });
  response.end(body);
  // What the caller still sends is taken off the wire, so that it gets to read the answer.
  request.resume();
}
