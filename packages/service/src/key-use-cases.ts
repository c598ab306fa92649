/** API keys: creating, listing and deleting those of a tenant. */

import { type ApiKeyRecord, type KeyStore } from "@tidemark/connector";

import { API_KEY_PREFIX, API_KEY_SECRET_LENGTH, digestOf } from "./access/api-key.ts";
import { isRole, reaches } from "./access/role.ts";
import {
  ownerAdminNotMintableAsApiKey,
  roleExceedsCreator,
  unknownApiKey,
} from "./errors/access.ts";
import {
  duplicateName,
  emptyName,
  nameDoesNotMatchPattern,
  tooLongName,
} from "./errors/pipeline.ts";
import { invalidParam } from "./errors/token.ts";
import { type KeyUseCases } from "./service.ts";
import { type ServiceOptions } from "./service-options.ts";

const MAX_NAME = 100;
const NAME = {
  pattern: "^[a-zA-Z0-9_-]+$",
  description:
    "be non-empty and only contain lowercase (a-z), uppercase (A-Z), number (0-9), underscore (_) or hyphen (-) characters",
};

/** Binds the use cases to what keeps the keys. */
export function keyUseCases(
  keys: KeyStore,
  ports: Pick<ServiceOptions, "clock" | "newId" | "newSecret">,
): KeyUseCases {
  return {
    list: ({ tenant }) => keys.list(tenant),
    get: async ({ tenant }, name) => {
      const found = (await keys.list(tenant)).find((key) => key.name === name);
      if (found === undefined) throw unknownApiKey(name);
      return found;
    },
    create: async (caller, name, asked = "read") => {
      checkName(name);
      const role = mintable(asked);
      if (!reaches(caller.role, role)) throw roleExceedsCreator(role, caller.role);
      const apiKey = API_KEY_PREFIX + ports.newSecret(API_KEY_SECRET_LENGTH);
      const record: ApiKeyRecord = {
        id: ports.newId(),
        tenant: caller.tenant,
        name,
        role,
        digest: digestOf(apiKey),
        createdAtMs: ports.clock.wallMs(),
      };
      if ((await keys.insert(record)) === "taken") throw duplicateName();
      return { ...record, apiKey };
    },
    delete: async ({ tenant }, name) => {
      if ((await keys.remove(tenant, name)) === "missing") throw unknownApiKey(name);
    },
  };
}

function checkName(name: string): void {
  if (name === "") throw emptyName();
  if (name.length > MAX_NAME) throw tooLongName(name, name.length, MAX_NAME);
  if (!new RegExp(NAME.pattern, "u").test(name)) throw nameDoesNotMatchPattern(name, NAME);
}

function mintable(role: string): ApiKeyRecord["role"] {
  if (role === "read" || role === "write") return role;
  if (isRole(role)) throw ownerAdminNotMintableAsApiKey();
  throw invalidParam(`role must be 'read' or 'write', not '${role}'`);
}
