/** Challenges: what a 401 says, besides its envelope, of how to authenticate. */

import { type IncomingMessage } from "node:http";

import { credentialsOf } from "./credentials.ts";

/** The `WWW-Authenticate` of a refused request; it tells what is wrong with credentials that were sent. */
export function challenge(request: Pick<IncomingMessage, "headers">, message: string): string {
  const { authorization = "" } = credentialsOf(request);
  if (!authorization.startsWith("Bearer ")) return "Bearer";
  const description = message.replaceAll(/[^\x20-\x7E]|["\\]/gu, "'");
  return `Bearer error_description="${description}", error="invalid_token"`;
}
