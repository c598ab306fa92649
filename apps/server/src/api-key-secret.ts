/** Secrets of API keys, and the operator's own key. */

import { randomInt } from "node:crypto";
import { join } from "node:path";

import { API_KEY_PREFIX, API_KEY_SECRET_LENGTH } from "@tidemark/service";

import { ConfigurationError } from "./config.ts";
import { readIfThere, writeDurably } from "./durable-file.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Shorter ones could be guessed. */
const LEAST_SECRET = 32;

/** So many random letters and digits. */
export function randomSecret(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join("");
}

/** Reads the operator's key; without a file of its own, `directory` holds one, created when there is none. */
export async function openOperatorKey(
  directory: string,
  keyFile: string | undefined,
): Promise<{ readonly apiKey: string; readonly path: string }> {
  const path = keyFile ?? join(directory, "operator.key");
  const held = (await readIfThere(path))?.trim();
  if (held !== undefined) {
    if (held.startsWith(API_KEY_PREFIX) && held.length >= API_KEY_PREFIX.length + LEAST_SECRET) {
      return { apiKey: held, path };
    }
    throw new ConfigurationError(
      `operator key file '${path}' can't be used; it must hold '${API_KEY_PREFIX}' and at least ${LEAST_SECRET} characters that nobody can guess`,
    );
  }
  if (keyFile !== undefined) {
    throw new ConfigurationError(
      `operator key file '${keyFile}' is not there; see --operator-key-file`,
    );
  }
  const apiKey = API_KEY_PREFIX + randomSecret(API_KEY_SECRET_LENGTH);
  await writeDurably(path, `${apiKey}\n`);
  return { apiKey, path };
}
