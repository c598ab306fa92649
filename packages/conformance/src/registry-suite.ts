/** What every registry must do. */

import { deepStrictEqual } from "node:assert/strict";

import { type PipelineRecord, type Registry } from "@tidemark/connector";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { registryKeyCases } from "./registry-suite-keys.ts";
import { pipelineRecords } from "./registry-suite-records.ts";

/** A store that registries can be opened on, one after the other. */
export interface RegistryStore {
  /** Opens a registry on the store; the one before has been disposed. */
  open(): Promise<Registry>;
}

/** Runs the suite; `store` makes a new, empty store. */
export function registrySuite(name: string, store: () => Promise<RegistryStore>): void {
  const open = async (): Promise<Registry> => (await store()).open();

  describe(`registry ${name}`, () => {
    registryKeyCases(store);

    test("a record is found again as it was inserted, also after reopening", async () => {
      await fc.assert(
        fc.asyncProperty(pipelineRecords(), async (any) => {
          const place = await store();
          {
            await using registry = await place.open();
            expect(await registry.insert(any)).toBe("inserted");
            // Not toStrictEqual: it takes a JSON field named "constructor" for the object's class.
            deepStrictEqual(await registry.find(any.tenant, any.name), any);
          }
          await using registry = await place.open();
          deepStrictEqual(await registry.find(any.tenant, any.name), any);
        }),
        { numRuns: 20 },
      );
    });

    test("a name belongs to one pipeline of a tenant", async () => {
      await using registry = await open();
      expect(await registry.insert(record("1", "p"))).toBe("inserted");
      expect(await registry.insert(record("2", "p"))).toBe("taken");
      expect(await registry.insert({ ...record("3", "p"), tenant: "other" })).toBe("inserted");
      expect(ids(await registry.list("default"))).toEqual(["1"]);
    });

    test("lists are by creation, and of one tenant or all", async () => {
      await using registry = await open();
      for (const id of ["2", "1", "3"]) await registry.insert(record(id, `p${id}`));
      await registry.insert({ ...record("0", "p"), tenant: "other" });
      const second = record("1", "renamed", 2);
      expect(await registry.replace(second, 1)).toBe("replaced");
      expect(ids(await registry.list("default"))).toEqual(["2", "1", "3"]);
      expect(ids(await registry.listAll())).toEqual(["2", "1", "3", "0"]);
    });

    test("a record is replaced only from the version that the writer saw", async () => {
      await using registry = await open();
      await registry.insert(record("1", "p"));
      expect(await registry.replace(record("1", "p", 3), 2)).toBe("conflict");
      expect(await registry.replace(record("9", "p", 2), 1)).toBe("conflict");
      expect(await registry.replace(record("1", "p", 2), 1)).toBe("replaced");
      expect(await registry.find("default", "p")).toStrictEqual(record("1", "p", 2));
    });

    test("of writers that saw the same version, exactly one wins", async () => {
      await using registry = await open();
      await registry.insert(record("1", "p"));
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          registry.replace({ ...record("1", "p", 2), description: `${i}` }, 1),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === "replaced")).toHaveLength(1);
    });

    test("a rename frees the old name and can't take another pipeline's", async () => {
      await using registry = await open();
      await registry.insert(record("1", "p"));
      await registry.insert(record("2", "q"));
      expect(await registry.replace(record("1", "q", 2), 1)).toBe("taken");
      expect(await registry.find("default", "p")).toStrictEqual(record("1", "p"));
      expect(await registry.replace(record("1", "r", 2), 1)).toBe("replaced");
      expect(await registry.find("default", "p")).toBeUndefined();
      expect(await registry.insert(record("3", "p"))).toBe("inserted");
    });

    test("a record is removed only at the version that the writer saw", async () => {
      await using registry = await open();
      await registry.insert(record("1", "p", 5));
      expect(await registry.remove("1", 4)).toBe("conflict");
      expect(await registry.remove("1", 5)).toBe("removed");
      expect(await registry.remove("1", 5)).toBe("conflict");
      expect(await registry.find("default", "p")).toBeUndefined();
    });

    test("what is removed or replaced stays so after reopening", async () => {
      const place = await store();
      {
        await using registry = await place.open();
        for (const id of ["1", "2"]) await registry.insert(record(id, `p${id}`));
        await registry.remove("1", 1);
        await registry.replace(record("2", "p2", 2), 1);
      }
      await using registry = await place.open();
      expect(await registry.listAll()).toStrictEqual([record("2", "p2", 2)]);
    });
  });
}

function record(id: string, name: string, refreshVersion = 1): PipelineRecord {
  const [sample] = fc.sample(pipelineRecords(), { numRuns: 1, seed: 1 });
  if (sample === undefined) throw new TypeError("there is no sample");
  return { ...sample, id, tenant: "default", name, refreshVersion };
}

function ids(records: readonly PipelineRecord[]): readonly string[] {
  return records.map(({ id }) => id);
}
