/** What every registry must do with API keys. */

import { type ApiKeyRecord, type Registry } from "@tidemark/connector";
import { expect, test } from "vitest";

import { pipelineRecords } from "./registry-suite-records.ts";
import * as fc from "fast-check";

/** Adds the cases; `store` makes a new, empty store. */
export function registryKeyCases(store: () => Promise<{ open(): Promise<Registry> }>): void {
  const open = async (): Promise<Registry> => (await store()).open();

  test("a key is found by its digest, and listed by its tenant, also after reopening", async () => {
    const place = await store();
    const keys = [key("a", "default"), key("b", "default"), key("a", "other")];
    {
      await using registry = await place.open();
      for (const one of keys) {
        // oxlint-disable-next-line no-await-in-loop -- the list is by creation
        expect(await registry.keys.insert(one)).toBe("inserted");
      }
    }
    await using registry = await place.open();
    expect(await registry.keys.list("default")).toStrictEqual(keys.slice(0, 2));
    expect(await registry.keys.list("other")).toStrictEqual(keys.slice(2));
    expect(await registry.keys.withDigest("digest of other/a")).toStrictEqual(keys[2]);
    expect(await registry.keys.withDigest("digest of nobody")).toBeUndefined();
  });

  test("a key's name belongs to one key of a tenant", async () => {
    await using registry = await open();
    await registry.keys.insert(key("a", "default"));
    const another = { ...key("a", "default"), id: "another", digest: "another" };
    expect(await registry.keys.insert(another)).toBe("taken");
    expect(await registry.keys.withDigest("another")).toBeUndefined();
  });

  test("a removed key is gone at once and for good, and only from its tenant", async () => {
    const place = await store();
    {
      await using registry = await place.open();
      for (const tenant of ["default", "other"]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await registry.keys.insert(key("a", tenant));
      }
      expect(await registry.keys.remove("default", "a")).toBe("removed");
      expect(await registry.keys.remove("default", "a")).toBe("missing");
      expect(await registry.keys.withDigest("digest of default/a")).toBeUndefined();
    }
    await using registry = await place.open();
    expect(await registry.keys.list("default")).toStrictEqual([]);
    expect(await registry.keys.list("other")).toStrictEqual([key("a", "other")]);
  });

  test("a tenant is there as long as it has a pipeline or a key", async () => {
    await using registry = await open();
    expect(await registry.hasTenant("other")).toBe(false);
    await registry.keys.insert(key("a", "other"));
    expect(await registry.hasTenant("other")).toBe(true);
    await registry.keys.remove("other", "a");
    expect(await registry.hasTenant("other")).toBe(false);
    const [record] = fc.sample(pipelineRecords(), { numRuns: 1, seed: 1 });
    if (record === undefined) throw new TypeError("there is no sample");
    await registry.insert({ ...record, tenant: "other" });
    expect(await registry.hasTenant("other")).toBe(true);
  });
}

function key(name: string, tenant: string): ApiKeyRecord {
  const id = `${tenant}/${name}`;
  return {
    id,
    tenant,
    name,
    role: "write",
    digest: `digest of ${id}`,
    createdAtMs: 1_700_000_000_000,
  };
}
