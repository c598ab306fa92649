/** API keys as texts: how they look, and the digest that is all that is kept of them. */

import { createHash } from "node:crypto";

/** What every API key begins with. */
export const API_KEY_PREFIX = "apikey:";

/** How many letters and digits follow the prefix. */
export const API_KEY_SECRET_LENGTH = 128;

/** SHA-256 of the whole key, in base64. */
export function digestOf(apiKey: string): string {
  return createHash("sha256").update(apiKey).digest("base64");
}
