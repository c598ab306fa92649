/** A query over a websocket: its request, its frames, and the close that says how it ended. */

import { invalidParam, type Service, type ServiceError } from "@tidemark/service";
import { type RawData, type WebSocket } from "ws";

import { type RestFault } from "./app.ts";
import { asServiceError } from "./envelope.ts";
import { sentence } from "./query-failure.ts";
import { type QueryRenderers } from "./query-formats.ts";
import { readSocketRequest } from "./query-request.ts";
import { waitFor } from "./query.ts";
import { type Upgraded } from "./upgrade.ts";

/** The codes that a socket is closed with. */
export const CLOSE = { done: 1000, goingAway: 1001, policy: 1008, failed: 1011 } as const;

/** A larger piece of bytes is sent in several frames. */
const FRAME_BYTES = 2 * 1024 * 1024;

/** What queries over websockets need. */
export interface ExchangeOptions {
  readonly service: Pick<Service, "query">;
  readonly renderers: QueryRenderers;
  readonly log: (fault: RestFault) => void;
  /** A longer wait for tokens is cut to this. */
  readonly maximumWaitSeconds: number;
}

/**
 * Answers the first message of a socket and closes it: 1000 after the whole answer, 1011 after a
 * text frame that says what is wrong. The query ends when the socket does.
 */
export async function exchange(
  socket: WebSocket,
  upgraded: Upgraded,
  message: { readonly data: RawData; readonly isBinary: boolean },
  options: ExchangeOptions,
): Promise<void> {
  const gone = new AbortController();
  socket.once("close", () => gone.abort(new Error("the client went away")));
  const frames: Frames = { socket, isText: false };
  try {
    await answer(frames, upgraded, { ...message, signal: gone.signal }, options);
    socket.close(CLOSE.done);
  } catch (fault) {
    if (gone.signal.aborted) return;
    const error = asServiceError(fault);
    if (error.reason === "InternalError") {
      options.log(socketFault(upgraded.requestId, fault));
    }
    await send(socket, errorFrame(error, frames.isText)).catch(() => {});
    socket.close(CLOSE.failed);
  }
}

/** A fault of a socket, for operators. */
export function socketFault(requestId: string, error: unknown): RestFault {
  return { level: "error", message: "a websocket failed", requestId, error };
}

interface Frames {
  readonly socket: WebSocket;
  /** Whether a text table has been begun: only then a fault is told as its last line. */
  isText: boolean;
}

async function answer(
  frames: Frames,
  { caller, pipeline }: Upgraded,
  asked: { readonly data: RawData; readonly isBinary: boolean; readonly signal: AbortSignal },
  { service, renderers, maximumWaitSeconds }: ExchangeOptions,
): Promise<void> {
  if (asked.isBinary) {
    throw invalidParam("Binary requests are not supported. Please use text messages");
  }
  const { sql, format, after, timeout } = readSocketRequest(textOf(asked.data));
  const waiting = waitFor(after, timeout, maximumWaitSeconds);
  const { signal } = asked;
  const result = await service.query(caller, { pipeline, sql, after: waiting }, { signal });
  for await (const piece of renderers[format](result)) {
    signal.throwIfAborted();
    await sendPiece(frames.socket, piece);
    frames.isText = format === "text";
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString();
}

async function sendPiece(socket: WebSocket, piece: string | Uint8Array): Promise<void> {
  if (typeof piece === "string") {
    await send(socket, piece);
    return;
  }
  for (let at = 0; at < piece.length; at += FRAME_BYTES) {
    // oxlint-disable-next-line no-await-in-loop -- each frame is sent once the last one is on its way
    await send(socket, piece.subarray(at, at + FRAME_BYTES));
  }
}

/** Resolves when the frame has left this process; a client that reads slowly is waited for. */
function send(socket: WebSocket, data: string | Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.send(data, (fault) => (fault ? reject(fault) : resolve()));
  return promise;
}

function errorFrame(error: ServiceError, isText: boolean): string {
  if (isText) return `ERROR: ${error.message}`;
  const { message, reason, details } = error;
  return JSON.stringify({ error: sentence(error), message, error_code: reason, details });
}
