/** Requests that no operation takes: unknown routes, other methods, OPTIONS. */

import { type IncomingMessage } from "node:http";

import { type Router } from "@koa/router";
import { type Caller, methodNotAllowed, unknownRoute } from "@tidemark/service";
import { type Middleware } from "koa";

/** Answers OPTIONS with what is allowed and refuses everything else; below `/v0` to known callers only. */
export function refuseUnrouted(
  routers: readonly Router[],
  authenticate: (request: IncomingMessage) => Promise<Caller>,
): Middleware {
  return async (context) => {
    const { method, path } = context;
    if (path.startsWith("/v0/")) await authenticate(context.req);
    const allowed = allowedMethods(routers, path);
    if (allowed.length === 0) throw unknownRoute(method, path);
    context.set("Allow", allowed.join(", "));
    if (method !== "OPTIONS") throw methodNotAllowed(method, path, allowed);
    context.status = 204;
  };
}

function allowedMethods(routers: readonly Router[], path: string): readonly string[] {
  const methods = routers
    .flatMap((router) => router.match(path, "OPTIONS").path)
    .flatMap((layer) => layer.methods);
  return methods.length === 0 ? [] : [...new Set([...methods, "OPTIONS"])].toSorted();
}
