import { expect, test } from "vitest";

import { digestOf } from "./access/api-key.ts";
import { type Caller } from "./service.ts";
import { CALLER, harness, refusal } from "./testing/harness.ts";

test("a key is shown once, and kept only as its digest", async () => {
  const { service, registry } = await harness();
  const { apiKey, ...described } = await service.keys.create(CALLER, "k", undefined);
  expect(apiKey).toMatch(/^apikey:[A-Za-z0-9]{128}$/u);
  expect(described).toMatchObject({ name: "k", role: "read", digest: digestOf(apiKey) });
  expect(JSON.stringify(registry.keys.records)).not.toContain(apiKey.slice(-20));
  expect(await service.keys.get(CALLER, "k")).toEqual(described);
});

test("keys are listed, read and deleted only within their tenant", async () => {
  const { service } = await harness();
  const other: Caller = { tenant: "other", role: "write" };
  await service.keys.create(CALLER, "k", "read");
  await service.keys.create(other, "k", "write");
  expect(await service.keys.list(other)).toMatchObject([{ name: "k", role: "write" }]);
  await service.keys.delete(other, "k");
  expect(await service.keys.list(CALLER)).toMatchObject([{ name: "k", role: "read" }]);
  const unknown = await refusal(() => service.keys.delete(other, "k"));
  expect([unknown.reason, unknown.details]).toEqual(["UnknownApiKey", { name: "k" }]);
});

test("a key can't have another role than read or write, nor a higher one than its maker", async () => {
  const { service } = await harness();
  const asked = async (role: string, caller: Caller = CALLER): Promise<string> =>
    (await refusal(() => service.keys.create(caller, "k", role))).reason;
  expect(await asked("admin")).toBe("OwnerAdminNotMintableAsApiKey");
  expect(await asked("owner")).toBe("OwnerAdminNotMintableAsApiKey");
  expect(await asked("root")).toBe("InvalidParam");
  expect(await asked("write", { tenant: "default", role: "read" })).toBe("RoleExceedsCreator");
  expect(await service.keys.list(CALLER)).toEqual([]);
});

test("a name must be new, and of letters, digits, - and _", async () => {
  const { service } = await harness();
  await service.keys.create(CALLER, "_-a9", undefined);
  await service.keys.create(CALLER, "k".repeat(100), undefined);
  const refused: readonly (readonly [string, string])[] = [
    ["", "EmptyName"],
    ["k".repeat(101), "TooLongName"],
    ["a b", "NameDoesNotMatchPattern"],
    ["a\n", "NameDoesNotMatchPattern"],
    ["_-a9", "DuplicateName"],
  ];
  for (const [name, reason] of refused) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const error = await refusal(() => service.keys.create(CALLER, name, undefined));
    expect([name, error.reason]).toEqual([name, reason]);
  }
});
