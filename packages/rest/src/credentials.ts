/** Credentials of a request: its headers, or what a browser puts into a websocket's subprotocol. */

import { type IncomingMessage } from "node:http";

import { type Credentials } from "@tidemark/service";

const BEARER_PROTOCOL = "feldera-bearer.";

/**
 * What a request says of its caller. Browsers can't set headers on a websocket, so an upgrade request
 * may offer the subprotocol `feldera-bearer.<base64url of the token>` instead.
 */
export function credentialsOf({ headers }: Pick<IncomingMessage, "headers">): Credentials {
  const tenant = headers["feldera-tenant"];
  return {
    authorization: headers.authorization ?? promoted(headers),
    tenant: Array.isArray(tenant) ? tenant[0] : tenant,
  };
}

function promoted(headers: IncomingMessage["headers"]): string | undefined {
  if (headers.upgrade?.toLowerCase() !== "websocket") return undefined;
  const offered = headers["sec-websocket-protocol"]?.split(",") ?? [];
  const protocol = offered.map((one) => one.trim()).find((one) => one.startsWith(BEARER_PROTOCOL));
  if (protocol === undefined) return undefined;
  const token = Buffer.from(protocol.slice(BEARER_PROTOCOL.length), "base64url").toString();
  return `Bearer ${token}`;
}
