/** Answers on a bare socket, where Node's HTTP server makes no response. */

import { STATUS_CODES } from "node:http";
import { type Duplex } from "node:stream";

import { type Answer } from "./answer.ts";

/** Writes an answer that is not streamed, and closes the connection. */
export function endWith(
  socket: Duplex,
  { status, headers, body }: Answer,
  more: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === "string" ? body : "";
  const fields = {
    ...headers,
    ...more,
    "Content-Length": String(Buffer.byteLength(text)),
    Connection: "close",
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  // Node has let go of such a socket: an error that nobody hears would end the process.
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${text}`);
}
