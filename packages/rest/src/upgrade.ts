/** Upgrades: which requests become websockets, and the errors of those that may not. */

import { type IncomingMessage } from "node:http";
import { type Duplex } from "node:stream";

import {
  type Access,
  type Caller,
  invalidParam,
  requireRole,
  type Service,
  unknownRoute,
} from "@tidemark/service";

import { challenge } from "./challenge.ts";
import { credentialsOf } from "./credentials.ts";
import { asServiceError, envelope } from "./envelope.ts";
import { endWith } from "./raw-answer.ts";

const PATH = /^\/v0\/pipelines\/(?<pipeline>[^/]+)\/query$/u;

/** A request that may become a websocket. */
export interface Upgraded {
  readonly caller: Caller;
  readonly pipeline: string;
  readonly requestId: string;
}

/** Whether a request asks for a websocket where there is one; what else it asks of HTTP is left alone. */
export function isQueryUpgrade({ headers, url = "", method }: IncomingMessage): boolean {
  const asks = headers.upgrade?.toLowerCase() === "websocket";
  return asks && method === "GET" && PATH.test(pathOf(url));
}

/** Holds it to what the same request without an upgrade is held to, in the same order. */
export async function admitUpgrade(
  request: IncomingMessage,
  { access, service }: { readonly access: Access; readonly service: Pick<Service, "connectors"> },
  requestId: string,
): Promise<Upgraded> {
  const caller = await access.authenticate(credentialsOf(request));
  requireRole(caller, "write");
  const { url = "", method = "" } = request;
  const encoded = PATH.exec(pathOf(url))?.groups?.["pipeline"];
  if (encoded === undefined) throw unknownRoute(method, pathOf(url));
  const pipeline = decoded(encoded);
  await service.connectors.stats(caller, pipeline);
  return { caller, pipeline, requestId };
}

/** Answers a request that does not become a websocket with its error, and closes the connection. */
export function refuseUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  fault: unknown,
  requestId: string,
): void {
  const error = asServiceError(fault);
  const refused = envelope(error, requestId);
  endWith(socket, refused, {
    "X-Request-Id": requestId,
    ...(refused.status === 401 ? { "WWW-Authenticate": challenge(request, error.message) } : {}),
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidParam(`malformed percent-encoding in the path '${part.slice(0, 200)}'`);
  }
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}
