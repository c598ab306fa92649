/** API keys: list, read, create and delete. */

import { type KeyUseCases, type Service } from "@tidemark/service";
import { z } from "zod";

import { EMPTY, json } from "./answer.ts";
import { type Operation, operation } from "./operation.ts";
import { API_KEY, MADE_API_KEY, NEW_API_KEY } from "./schemas/key-schemas.ts";
import { type JsonObject } from "./service-answers.ts";

const ALL = "/v0/api_keys";
const ONE = `${ALL}/{api_key_name}`;
const FRESH = { "Cache-Control": "no-cache" };
const COMMON = { role: "write", tag: "Platform" } as const;

/** The operations on a tenant's API keys. */
export function apiKeyOperations({ keys }: Pick<Service, "keys">): readonly Operation[] {
  return [list(keys), get(keys), create(keys), remove(keys)];
}

function list(keys: KeyUseCases): Operation {
  return operation({
    ...COMMON,
    id: "list_api_keys",
    method: "GET",
    path: ALL,
    summary: "List all API keys",
    description: "Those of the caller's tenant, oldest first.",
    takes: {},
    answers: { 200: { description: "The keys.", json: z.array(API_KEY) } },
    errors: [],
    run: async ({ caller }) => json((await keys.list(caller)).map(described), { headers: FRESH }),
  });
}

function get(keys: KeyUseCases): Operation {
  return operation({
    ...COMMON,
    id: "get_api_key",
    method: "GET",
    path: ONE,
    summary: "Read an API key",
    description: "The answer is a list of one.",
    takes: {},
    answers: { 200: { description: "The key.", json: z.array(API_KEY) } },
    errors: ["UnknownApiKey"],
    run: async (call) =>
      json([described(await keys.get(call.caller, call.param("api_key_name")))], {
        headers: FRESH,
      }),
  });
}

function create(keys: KeyUseCases): Operation {
  return operation({
    ...COMMON,
    id: "post_api_key",
    method: "POST",
    path: ALL,
    summary: "Create an API key",
    description: "The answer shows the key this once; only its SHA-256 is kept.",
    takes: { body: NEW_API_KEY },
    answers: { 201: { description: "It is created.", json: MADE_API_KEY } },
    errors: [
      "EmptyName",
      "TooLongName",
      "NameDoesNotMatchPattern",
      "DuplicateName",
      "RoleExceedsCreator",
      "OwnerAdminNotMintableAsApiKey",
    ],
    async run({ caller }, { body: { name, role } }) {
      const { id, apiKey } = await keys.create(caller, name, role ?? undefined);
      return json({ id, name, api_key: apiKey }, { status: 201, headers: FRESH });
    },
  });
}

function remove(keys: KeyUseCases): Operation {
  return operation({
    ...COMMON,
    id: "delete_api_key",
    method: "DELETE",
    path: ONE,
    summary: "Delete an API key",
    description: "Requests that come with the key are refused from then on.",
    takes: {},
    answers: { 200: { description: "It is deleted." } },
    errors: ["UnknownApiKey"],
    async run(call) {
      await keys.delete(call.caller, call.param("api_key_name"));
      return EMPTY;
    },
  });
}

function described({ id, name, role }: Awaited<ReturnType<KeyUseCases["get"]>>): JsonObject {
  return { id, name, role };
}
