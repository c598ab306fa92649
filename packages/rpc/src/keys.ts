/** API keys over RPC. */

import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type MessageInitShape } from "@bufbuild/protobuf";
import { type ApiKeySchema, KeyService } from "@tidemark/api";
import { type Service } from "@tidemark/service";

import { type Binder } from "./binder.ts";

/** Binds the methods on API keys. */
export function bindKeys(binder: Binder, { keys }: Pick<Service, "keys">): void {
  const { method } = KeyService;
  binder.unary(method.createKey, async ({ name, role }, { caller }) => {
    const { apiKey, ...key } = await keys.create(caller, name, role === "" ? undefined : role);
    return { key: keyMessage(key), apiKey };
  });
  binder.unary(method.listKeys, async (_request, { caller }) => ({
    keys: (await keys.list(caller)).map(keyMessage),
  }));
  binder.unary(method.getKey, async ({ name }, { caller }) => ({
    key: keyMessage(await keys.get(caller, name)),
  }));
  binder.unary(method.deleteKey, async ({ name }, { caller }) => {
    await keys.delete(caller, name);
    return {};
  });
}

function keyMessage(
  key: Awaited<ReturnType<Service["keys"]["get"]>>,
): MessageInitShape<typeof ApiKeySchema> {
  const { id, name, role, createdAtMs } = key;
  return { id, name, role, createdAt: timestampFromMs(createdAtMs) };
}
