/** What a client still sends when its answer is ready: taken off the wire before the connection closes. */

import { type IncomingMessage } from "node:http";

import { type Middleware } from "koa";

import { bodyChunks } from "./json-body.ts";

const MAXIMUM_BYTES = 16_777_216;
const MAXIMUM_MS = 2000;

/**
 * Holds an answer back until the body has arrived, where the connection closes after it: a connection
 * that is closed with bytes unread is reset, and the client loses the answer. An endless body is
 * given up after a while.
 */
export const awaitLateBody: Middleware = async ({ req, res }, next) => {
  await next();
  if (res.shouldKeepAlive || req.complete || req.destroyed) return;
  const given = Promise.withResolvers<void>();
  const timer = setTimeout(given.resolve, MAXIMUM_MS);
  await Promise.race([drained(req), given.promise]);
  clearTimeout(timer);
};

async function drained(request: IncomingMessage): Promise<void> {
  let left = MAXIMUM_BYTES;
  try {
    for await (const chunk of bodyChunks(request)) {
      left -= chunk.byteLength;
      if (left < 0) return;
    }
  } catch {
    // The client went away: there is nobody to answer.
  }
}
