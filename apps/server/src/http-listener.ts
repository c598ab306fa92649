/** The HTTP listener that REST and Connect share. */

import { createServer, type RequestListener, type Server } from "node:http";

import { isQueryUpgrade, type QuerySockets, refuseMalformed } from "@tidemark/rest";

import { type Address } from "./address.ts";

const HEADERS_TIMEOUT_MS = 60_000;
/** Longer than the idle time of common proxies, so that they close first. */
const KEEP_ALIVE_MS = 75_000;

/** Makes the server; it doesn't listen yet. */
export function httpServer(
  listener: RequestListener,
  sockets: QuerySockets,
  { maxHeaderBytes }: { readonly maxHeaderBytes: number },
): Server {
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Pushed bodies and long polls may last; what idles is ended by the other two.
      requestTimeout: 0,
      // Who sends no Host is told so in the same envelope as everybody.
      requireHostHeader: false,
      // Any other upgrade that is asked for is answered as the plain request that it also is.
      shouldUpgradeCallback: isQueryUpgrade,
    },
    listener,
  );
  refuseMalformed(server);
  server.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket, head));
  return server;
}

/** Listens; answers the port that was bound. */
export async function listen(server: Server, { host, port }: Address): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  await promise;
  server.off("error", reject);
  const bound = server.address();
  if (bound !== null && typeof bound === "object") return bound.port;
  throw new TypeError("the listener has no port");
}
