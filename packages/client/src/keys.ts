/** API keys: create, list, read and delete. */

import { type ApiKey, KeyService } from "@tidemark/api";
import { createClient, type Transport } from "@connectrpc/connect";

import { calling } from "./tidemark-error.ts";
import { type CallOptions } from "./tokens.ts";

/** The calls on API keys. */
export interface KeyCalls {
  /** Answers the key itself, which is never shown again; the role is `read` where none is given. */
  create(
    name: string,
    options?: CallOptions & { readonly role?: "read" | "write" },
  ): Promise<string>;
  /** Oldest first. */
  list(options?: CallOptions): Promise<readonly ApiKey[]>;
  get(name: string, options?: CallOptions): Promise<ApiKey | undefined>;
  /** Calls that come with the key are refused from then on. */
  delete(name: string, options?: CallOptions): Promise<void>;
}

/** The calls on API keys over a transport. */
export function keyCalls(transport: Transport): KeyCalls {
  const client = createClient(KeyService, transport);
  return {
    create: async (name, { role = "read", ...options } = {}) =>
      (await calling(() => client.createKey({ name, role }, options), options.signal)).apiKey,
    list: async (options = {}) =>
      (await calling(() => client.listKeys({}, options), options.signal)).keys,
    get: async (name, options = {}) =>
      (await calling(() => client.getKey({ name }, options), options.signal)).key,
    delete: async (name, options = {}) => {
      await calling(() => client.deleteKey({ name }, options), options.signal);
    },
  };
}
