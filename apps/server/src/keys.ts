/** Token keys: loaded from a file that replicas share, or created once in the data folder. */

import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";

import { type Sealer } from "@tidemark/core";
import { z } from "zod";

import { ConfigurationError } from "./config.ts";
import { readIfThere, writeDurably } from "./durable-file.ts";

const KEY_BYTES = 32;
const MAC_BYTES = 16;

const KeyId = z.int().min(0).max(255);

/** What a keys file holds: `{"current": 1, "keys": {"1": "<64 hexadecimal digits>"}}`. */
const KeysFile = z.strictObject({
  /** The key that new tokens are sealed with. */
  current: KeyId,
  /** By id, 0 to 255; keys that no longer seal stay here as long as their tokens are to be valid. */
  keys: z.record(z.string().regex(/^(?:0|[1-9]\d{0,2})$/), z.string().regex(/^[0-9a-f]{64}$/i)),
});

/** The opened keys. */
export interface OpenedKeys {
  readonly sealer: Sealer;
  /** There were none before: whatever token is out can't be opened. */
  readonly created: boolean;
}

/** Opens the keys; without a file of its own, `directory` holds one, created when there is none. */
export async function openKeys(
  directory: string,
  keysFile: string | undefined,
): Promise<OpenedKeys> {
  const path = keysFile ?? join(directory, "keys.json");
  const text = await readIfThere(path);
  if (text !== undefined) return { sealer: sealer(parseKeys(path, text)), created: false };
  if (keysFile !== undefined) {
    throw new ConfigurationError(`keys file '${keysFile}' is not there; see --keys-file`);
  }
  const keys = { current: 1, keys: { "1": randomBytes(KEY_BYTES).toString("hex") } };
  await writeDurably(path, `${JSON.stringify(keys, undefined, 2)}\n`);
  return { sealer: sealer(keys), created: true };
}

function parseKeys(path: string, text: string): z.infer<typeof KeysFile> {
  try {
    const parsed = KeysFile.parse(JSON.parse(text));
    if (parsed.keys[String(parsed.current)] !== undefined) return parsed;
  } catch (error) {
    // A parser's message may quote the file, so it isn't passed on.
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
  }
  throw new ConfigurationError(
    `keys file '${path}' can't be used; it must be {"current": ID, "keys": {"ID": "64 hexadecimal digits", …}} with ids from 0 to 255, the current one among them`,
  );
}

function sealer({ current, keys }: z.infer<typeof KeysFile>): Sealer {
  // A KeyObject is several times faster than bytes, which are imported again at every call.
  const byId = new Map<number, KeyObject>(
    Object.entries(keys).map(([id, hex]) => [Number(id), createSecretKey(hex, "hex")]),
  );
  return {
    currentKeyId: current,
    mac(keyId, body) {
      const key = byId.get(keyId);
      if (key === undefined) return undefined;
      return createHmac("sha256", key).update(body).digest().subarray(0, MAC_BYTES);
    },
  };
}
