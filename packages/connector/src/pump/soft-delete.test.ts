import { expect, test } from "vitest";

import { connector, table } from "../testing/programs.ts";
import { asksSoftDelete, softDeleting } from "./soft-delete.ts";

const asking = (value: boolean | string): ReturnType<typeof connector> =>
  connector("c", "log", { declared: { soft_delete: value } });

test("deletes of a soft-deleting input are inserts, in their places, and truncates are ignored", async () => {
  const decoded = {
    changes: {
      rows: [["a"], [], ["b"]],
      operations: ["insert", "truncate", "delete"] as const,
    },
    records: 2,
    consumedBytes: 9n,
    errors: [],
  };
  const decoder = softDeleting({ push: () => decoded, finish: () => decoded });
  const softened = { ...decoded, changes: { rows: [["a"], ["b"]] } };
  expect(decoder.push(new Uint8Array())).toEqual(softened);
  expect(await decoder.finish()).toEqual(softened);
});

test("it is asked for by true, of a table without a key", () => {
  expect(asksSoftDelete(connector("c", "log"), table("t"))).toBe(false);
  expect(asksSoftDelete(asking(true), table("t"))).toBe(true);
  const keyed = { ...table("t"), primaryKey: [0] };
  expect(() => asksSoftDelete(asking(true), keyed)).toThrow(/without a primary key/u);
  expect(() => asksSoftDelete(asking("yes"), table("t"))).toThrow(/true or false/u);
});
