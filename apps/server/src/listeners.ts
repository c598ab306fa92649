/** Listeners: they begin last and end in two steps, around the end of the service. */

import { type Server } from "node:http";
import { Server as SocketServer } from "node:net";

import { type QuerySockets } from "@tidemark/rest";
import { type GrpcServer } from "@tidemark/rpc";

import { type Address, spellAddress } from "./address.ts";
import { ConfigurationError } from "./config.ts";
import { listen } from "./http-listener.ts";
import { type Config } from "./settings.ts";

/** Ports that were bound. */
export interface Ports {
  readonly http: number;
  readonly grpc: number;
}

/** The listeners of a server. */
export interface Listeners {
  /** Binds both; throws `ConfigurationError` for an address that can't be had. */
  start(config: Config): Promise<Ports>;
  /** Takes nothing new, and lets what runs go on. */
  refuse(): void;
  /** Resolves once all answers under way are sent, or so many milliseconds later with the rest cut off. */
  finish(graceMs: number): Promise<void>;
}

/** Long enough for whatever a stop waits for before it finishes the listeners. */
const UNTIL_FINISHED_MS = 2 ** 31 - 1;

/** Joins both listeners into one. */
export function joinListeners(
  http: Server,
  { grpc, sockets }: { readonly grpc: GrpcServer; readonly sockets: QuerySockets },
): Listeners {
  let refused: Promise<unknown> = Promise.resolve();
  return {
    async start(config) {
      return {
        http: await named("http", config.http, () => listen(http, config.http)),
        grpc: await named("grpc", config.grpc, () => grpc.start(spellAddress(config.grpc))),
      };
    },
    refuse() {
      const { promise, resolve } = Promise.withResolvers<void>();
      // Closing the HTTP server itself would also reset connections on which a request is arriving.
      sockets.refuse();
      SocketServer.prototype.close.call(http, () => resolve());
      refused = Promise.all([promise, grpc.stop({ graceMs: UNTIL_FINISHED_MS })]);
    },
    async finish(graceMs) {
      const cut = setTimeout(() => {
        http.closeAllConnections();
        sockets.end();
        void grpc[Symbol.asyncDispose]();
      }, graceMs);
      // Connections that are kept alive would be waited for although nothing is asked on them.
      const idle = setInterval(() => http.closeIdleConnections(), 50);
      await refused;
      clearTimeout(cut);
      clearInterval(idle);
    },
  };
}

async function named(
  face: "http" | "grpc",
  at: Address,
  bind: () => Promise<number>,
): Promise<number> {
  try {
    return await bind();
  } catch (cause) {
    const elsewhere = `choose another address with --${face} or TIDEMARK_${face.toUpperCase()}`;
    const taken = /EADDRINUSE|address already in use|No address added/i.test(String(cause));
    const why = taken
      ? `port ${at.port} is taken by another program: stop that, or ${elsewhere} (port 0 takes a free one)`
      : `it can't be listened on (${cause instanceof Error ? cause.message : String(cause)}): ${elsewhere}`;
    throw new ConfigurationError(`${spellAddress(at)}: ${why}`, { cause });
  }
}
