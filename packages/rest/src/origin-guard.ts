/** The guard against other sites' web pages, which a browser lets send requests wherever it can reach. */

import { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";

import { hostNotAllowed, originNotAllowed, type ServiceError } from "@tidemark/service";

import { envelope } from "./envelope.ts";

/** Which pages may call. Pages that the server's own host serves always may. */
export interface OriginRules {
  /** Origins as browsers spell them; `*` stands for all. */
  readonly allowed: readonly string[];
  /** Pages that this machine serves may call too: where only this machine can. */
  readonly local: boolean;
  /**
   * Hosts that requests must name, as they stand in URLs, without port; undefined: any. Where nobody
   * authenticates, this keeps out pages that let their own name lead to this machine.
   */
  readonly hosts: ((host: string) => boolean) | undefined;
}

type Headers = IncomingMessage["headers"];

/**
 * Why a request may not be answered. Also upgrades to websockets must be held to it: they are not
 * bound by what browsers hold other requests to.
 */
export function originRefusal(
  { headers, method }: Pick<IncomingMessage, "headers" | "method">,
  rules: OriginRules,
): ServiceError | undefined {
  const { host = "", origin } = headers;
  if (rules.hosts !== undefined && host !== "" && !rules.hosts(hostnameOf(host))) {
    return hostNotAllowed(host);
  }
  if (origin !== undefined) {
    return mayCall(origin, host, rules) ? undefined : originNotAllowed(origin);
  }
  const site = headers["sec-fetch-site"];
  const foreign = site === "cross-site" || site === "same-site";
  return foreign && !isNavigation(method, headers) ? originNotAllowed(site) : undefined;
}

/** A listener that answers only pages that may call, and tells browsers so. */
export function guardOrigins(rules: OriginRules, listener: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = originRefusal(request, rules);
    if (refusal !== undefined) {
      refuse(request, response, refusal);
      return;
    }
    const { origin } = request.headers;
    if (origin !== undefined) {
      response.setHeader("Access-Control-Allow-Origin", origin);
      response.setHeader("Access-Control-Allow-Credentials", "true");
      response.setHeader("Access-Control-Expose-Headers", EXPOSED);
      response.setHeader("Vary", "Origin");
    }
    if (isPreflight(request)) response.writeHead(204, PREFLIGHT).end();
    else listener(request, response);
  };
}

const PREFLIGHT = {
  "Access-Control-Allow-Methods": "GET, POST, PATCH, PUT, DELETE",
  "Access-Control-Allow-Headers":
    "Authorization, Accept, Content-Type, Feldera-Tenant, Idempotency-Key, Prefer, X-Request-Id, Connect-Protocol-Version, Connect-Timeout-Ms, X-Grpc-Web, X-User-Agent, Grpc-Timeout",
  "Access-Control-Max-Age": "3600",
};
const EXPOSED =
  "WWW-Authenticate, Retry-After, Preference-Applied, X-Request-Id, Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin";

function mayCall(origin: string, host: string, { allowed, local }: OriginRules): boolean {
  if (allowed.includes(origin) || allowed.includes("*")) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.host === host.toLowerCase() || (local && isLoopback(page.hostname));
}

/** Following a link is no call of the page that has it. */
function isNavigation(method: string | undefined, headers: Headers): boolean {
  return method === "GET" && headers["sec-fetch-mode"] === "navigate";
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === "OPTIONS" &&
    headers.origin !== undefined &&
    headers["access-control-request-method"] !== undefined
  );
}

function hostnameOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/u.test(hostname);
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: ServiceError): void {
  const { status, headers, body } = envelope(refusal, "");
  response.writeHead(status, headers).end(body);
  // What the page still sends is taken off the wire, so that it gets to read the answer.
  request.resume();
}
