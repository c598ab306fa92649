/** Query sockets: the websockets on the path of queries, from their upgrade to their end. */

import { randomUUID } from "node:crypto";
import { type IncomingMessage } from "node:http";
import { type Duplex } from "node:stream";

import {
  type Access,
  apiConnectionLimit,
  type Service,
  type ServiceError,
} from "@tidemark/service";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

import { asServiceError } from "./envelope.ts";
import { CLOSE, exchange, type ExchangeOptions, socketFault } from "./query-exchange.ts";
import { admitUpgrade, refuseUpgrade, type Upgraded } from "./upgrade.ts";

/** What query sockets are made of. */
export interface QuerySocketOptions extends ExchangeOptions {
  readonly service: Pick<Service, "query" | "connectors">;
  /** Who calls. */
  readonly access: Access;
  /** Why a web page may not open a socket here; undefined where it may. */
  readonly refusal: (request: IncomingMessage) => ServiceError | undefined;
  /** Calls `run` again and again, every so many milliseconds; answers how to stop. */
  readonly every: (ms: number, run: () => void) => () => void;
}

/** The websockets of a server. */
export interface QuerySockets {
  /** The listener for an HTTP server's `upgrade`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no more sockets, and closes those that have not asked yet; queries that run go on. */
  refuse(): void;
  /** Ends all sockets at once. */
  end(): void;
}

/** A socket that has not asked within two of these is closed; one that leaves a ping unanswered, too. */
const BEAT_MS = 30_000;
const MAX_SOCKETS = 1000;
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;

/** Opens the websockets of a server. */
export function openQuerySockets(options: QuerySocketOptions): QuerySockets {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: false,
    handleProtocols: chooseProtocol,
  });
  const idle = new Set<WebSocket>();
  let isRefusing = false;
  return {
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      void open({ request, socket, head }, randomUUID());
    },
    refuse() {
      isRefusing = true;
      for (const socket of idle) socket.close(CLOSE.goingAway);
    },
    end() {
      isRefusing = true;
      for (const socket of server.clients) socket.terminate();
    },
  };

  async function open({ request, socket, head }: Upgrade, requestId: string): Promise<void> {
    try {
      const upgraded = await admit(request, requestId);
      server.handleUpgrade(request, socket, head, (opened) => {
        serve(opened, upgraded, idle, options);
        if (isRefusing) opened.close(CLOSE.goingAway);
      });
    } catch (fault) {
      const error = asServiceError(fault);
      if (error.reason === "InternalError") {
        options.log(socketFault(requestId, error.cause ?? error));
      }
      refuseUpgrade(request, socket, error, requestId);
    }
  }

  async function admit(request: IncomingMessage, requestId: string): Promise<Upgraded> {
    const refusal = options.refusal(request);
    if (refusal !== undefined) throw refusal;
    const upgraded = await admitUpgrade(request, options, requestId);
    if (server.clients.size >= MAX_SOCKETS) throw apiConnectionLimit();
    return upgraded;
  }
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** A browser insists on one of the subprotocols it offered; the one with a secret is not repeated if there is another. */
function chooseProtocol(offered: ReadonlySet<string>): string | false {
  const protocols = [...offered];
  return protocols.find((one) => !one.startsWith("feldera-bearer.")) ?? protocols[0] ?? false;
}

/** Takes the first message as the request; those after it are not looked at. */
function serve(
  socket: WebSocket,
  upgraded: Upgraded,
  idle: Set<WebSocket>,
  options: QuerySocketOptions,
): void {
  idle.add(socket);
  const stop = options.every(BEAT_MS, beats(socket, idle));
  socket.on("error", () => socket.terminate());
  socket.once("close", () => {
    stop();
    idle.delete(socket);
  });
  socket.once("message", (data: RawData, isBinary: boolean) => {
    idle.delete(socket);
    void exchange(socket, upgraded, { data, isBinary }, options);
  });
}

/** What is done at every beat: a client that is gone without a word is given up. */
function beats(socket: WebSocket, idle: ReadonlySet<WebSocket>): () => void {
  let isAlive = true;
  let idleBeats = 0;
  socket.on("pong", () => {
    isAlive = true;
  });
  return () => {
    idleBeats += 1;
    if (!isAlive) socket.terminate();
    else if (idle.has(socket) && idleBeats >= 2) socket.close(CLOSE.policy, "no query was asked");
    else socket.ping();
    isAlive = false;
  };
}
