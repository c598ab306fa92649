/** A server of the API on real sockets, both ways that a client knows, for tests. */

import { createServer, type Server } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
} from "node:http2";

import { type Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema, RetryInfoSchema } from "@tidemark/api";

import { createTidemarkClient, type TidemarkClient } from "../client.ts";

/** The server, and a client of it. */
export interface Served extends AsyncDisposable {
  readonly client: TidemarkClient;
  readonly baseUrl: string;
  readonly grpcUrl: string;
  /** Breaks all connections, as the death of a server does. */
  cut(): void;
}

/** Serves these routes. */
export async function serve(
  routes: (router: ConnectRouter) => void,
  options: { readonly apiKey?: string } = {},
): Promise<Served> {
  const listener = connectNodeAdapter({ routes });
  const web = createServer(listener);
  const native = createHttp2Server(listener);
  const sessions = new Set<ServerHttp2Session>();
  native.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const cut = (): void => {
    web.closeAllConnections();
    for (const session of sessions) session.destroy();
  };
  const [baseUrl, grpcUrl] = await Promise.all([listen(web), listen(native)]);
  return {
    client: createTidemarkClient({ baseUrl, grpcUrl, ...options }),
    baseUrl,
    grpcUrl,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await Promise.all([closed(web), closed(native)]);
    },
  };
}

/** A failure as servers tell it. */
export function failure(
  code: Code,
  reason: string,
  metadata: Readonly<Record<string, string>> = {},
  retryMs?: number,
): ConnectError {
  const info = {
    desc: ErrorInfoSchema,
    value: { reason, domain: "tidemark.dev", metadata: { ...metadata } },
  };
  if (retryMs === undefined) return new ConnectError("no", code, undefined, [info]);
  const retry = { desc: RetryInfoSchema, value: { retryDelay: durationFromMs(retryMs) } };
  return new ConnectError("no", code, undefined, [info, retry]);
}

async function listen(server: Server | Http2Server): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => resolve());
  await promise;
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("there is no port");
  return `http://127.0.0.1:${bound.port}`;
}

async function closed(server: Server | Http2Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  await promise;
}
