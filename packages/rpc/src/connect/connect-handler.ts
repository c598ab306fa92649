/** The API over Connect and gRPC-Web, as a listener for a Node HTTP server. */

import { type IncomingMessage, type ServerResponse } from "node:http";

import { connectNodeAdapter } from "@connectrpc/connect-node";

import { bindApi, SERVICES } from "../api.ts";
import { MAX_MESSAGE_BYTES, type RpcOptions } from "../rpc-options.ts";
import { connectBinder } from "./connect-binder.ts";

/** The API for a Node HTTP server. */
export interface ConnectHandler {
  /** Whether a request's URL is one of the API's, so that others can be answered by somebody else. */
  handles(url: string | undefined): boolean;
  /** Answers a request that it handles. */
  listener(request: IncomingMessage, response: ServerResponse): void;
}

/** Makes the handler. */
export function connectHandler(options: RpcOptions): ConnectHandler {
  const listener = connectNodeAdapter({
    routes: (router) => bindApi(connectBinder(router, options), options),
    // The native server speaks gRPC itself; over HTTP/1.1 it could not be carried anyway.
    grpc: false,
    readMaxBytes: MAX_MESSAGE_BYTES,
    // A misspelt field or basis that was dropped would ask for less than its caller means.
    jsonOptions: { alwaysEmitImplicit: true, ignoreUnknownFields: false },
  });
  const prefixes = SERVICES.map(({ typeName }) => `/${typeName}/`);
  return {
    handles: (url = "") => prefixes.some((prefix) => url.startsWith(prefix)),
    listener,
  };
}
