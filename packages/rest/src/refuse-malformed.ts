/** Requests that are not HTTP, or whose headers are too large: answered before there is a request. */

import { type Duplex } from "node:stream";

import {
  headersTooLarge,
  invalidParam,
  requestTimeout,
  type ServiceError,
} from "@tidemark/service";

import { envelope } from "./envelope.ts";

/**
 * Answers what Node's parser refused with an envelope and closes the connection: the listener for
 * an HTTP server's `clientError`.
 * @example server.on("clientError", refuseMalformed);
 */
export function refuseMalformed(error: Error, socket: Duplex): void {
  if (!socket.writable || codeOf(error) === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const { status, headers, body } = envelope(refusal(codeOf(error)), "");
  const text = typeof body === "string" ? body : "";
  const fields = Object.entries({
    ...headers,
    "Content-Length": String(Buffer.byteLength(text)),
    Connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${PHRASES[status] ?? "Error"}\r\n${fields.join("")}\r\n${text}`);
}

const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

function refusal(code: unknown): ServiceError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return headersTooLarge();
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return requestTimeout();
    default:
      return invalidParam("the request is not valid HTTP");
  }
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
