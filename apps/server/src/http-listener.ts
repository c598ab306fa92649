/** The HTTP listener: REST and Connect on one port. */

import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo } from "node:net";

import { refuseMalformed } from "@tidemark/rest";

import { type Address, spellAddress } from "./address.ts";
import { ConfigurationError } from "./config.ts";

const HEADERS_TIMEOUT_MS = 60_000;
/** Longer than the idle time of common proxies, so that they close first. */
const KEEP_ALIVE_MS = 75_000;

/** Makes the server; it doesn't listen yet. */
export function httpServer(
  listener: RequestListener,
  { maxHeaderBytes }: { readonly maxHeaderBytes: number },
): Server {
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Pushed bodies and long polls may last; what idles is ended by the other two.
      requestTimeout: 0,
    },
    listener,
  );
  server.on("clientError", refuseMalformed);
  return server;
}

/** Listens; answers the port that was bound. Throws `ConfigurationError` where the address can't be had. */
export async function listen(server: Server, at: Address): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(at.port, at.host, resolve);
  try {
    await promise;
  } catch (cause) {
    throw addressFault("--http", at, cause);
  } finally {
    server.off("error", reject);
  }
  return portOf(server.address());
}

/** Why an address can't be listened on, and what would help. */
export function addressFault(flag: string, at: Address, cause: unknown): ConfigurationError {
  const spelled = spellAddress(at);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const taken = code === "EADDRINUSE" || /EADDRINUSE|address already in use/i.test(String(cause));
  const why = taken
    ? `port ${at.port} is taken by another program: stop that, or choose another address with ${flag} (port 0 takes a free one)`
    : `it can't be listened on (${code || String(cause)}): choose another address with ${flag}`;
  return new ConfigurationError(`${spelled}: ${why}`, { cause });
}

/** Resolves once every answer under way is sent, or so many milliseconds later with the rest cut off. */
export async function finish(server: Server, graceMs: number): Promise<void> {
  if (!server.listening && server.address() === null) {
    server.closeIdleConnections();
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await promise;
  clearTimeout(timer);
}

function portOf(bound: AddressInfo | string | null): number {
  if (bound !== null && typeof bound === "object") return bound.port;
  throw new TypeError("the listener has no port");
}
