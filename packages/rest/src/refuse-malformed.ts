/** What Node's HTTP server refuses without asking anybody: answered with an envelope all the same. */

import { type IncomingMessage, type Server } from "node:http";
import { type Duplex } from "node:stream";

import {
  headersTooLarge,
  invalidParam,
  requestTimeout,
  type ServiceError,
  unknownRoute,
} from "@tidemark/service";

import { envelope } from "./envelope.ts";
import { endWith } from "./raw-answer.ts";

/**
 * Has a server answer everything as HTTP asks, in the one envelope: what its parser refuses, tunnels
 * that are asked for, and expectations that nobody knows, which may be ignored. Requests without
 * `Host` reach the facade only of a server made with `requireHostHeader: false`.
 */
export function refuseMalformed(server: Server): void {
  server.on("clientError", (error, socket) => {
    if (!socket.writable || codeOf(error) === "ECONNRESET") socket.destroy();
    else endWith(socket, envelope(refusal(codeOf(error)), ""));
  });
  server.on("connect", ({ url = "" }: IncomingMessage, socket: Duplex) => {
    endWith(socket, envelope(unknownRoute("CONNECT", url), ""));
  });
  server.on("checkExpectation", (request, response) => {
    server.emit("request", request, response);
  });
}

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
