import { type ViewChange } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";
import { describe, expect, test } from "vitest";

import { outputFormats } from "./formats.ts";
import { tableOf } from "./test-table.ts";

const { columns } = tableOf("CREATE TABLE t (id BIGINT, note VARCHAR, at TIMESTAMP)");
const changes: readonly ViewChange[] = [
  { weight: -1, row: [1n, 'a"b', 0n] },
  { weight: 1, row: [9007199254740993n, null, null] },
];

function write(name: string, config: JsonObject, given: readonly ViewChange[] = changes): string {
  const encoder = outputFormats.get(name)?.encoder({ columns, config });
  return Buffer.from(encoder?.encode(given) ?? []).toString();
}

describe("json", () => {
  test("every change is a line that says insert or delete", () => {
    expect(write("json", {})).toBe(
      `{"delete":{"id":1,"note":"a\\"b","at":"1970-01-01 00:00:00"}}\n` +
        `{"insert":{"id":9007199254740993,"note":null,"at":null}}\n`,
    );
  });

  test("with array a call is one array, and none where there are no changes", () => {
    expect(JSON.parse(write("json", { array: true }))).toHaveLength(2);
    expect(write("json", { array: true }, [])).toBe("");
  });

  test("raw rows can't say that a row goes away, and refuse rather than lose it", () => {
    const config = { update_format: "raw" };
    expect(() => write("json", config)).toThrow("use insert_delete");
    expect(write("json", config, changes.slice(1))).toMatch(/^\{"id":9007199254740993,/);
  });

  test.each([
    [{ update_format: "debezium" }, "unsupported"],
    [{ update_format: "x" }, "invalid"],
    [{ json_flavor: "pandas" }, "unsupported"],
    [{ key_fields: ["id"] }, "invalid"],
  ])("the configuration %j is refused as %s", (config, kind) => {
    expect(() => write("json", config)).toThrow(expect.objectContaining({ kind }));
  });
});

test("csv writes the columns, then the weight", () => {
  expect(write("csv", {})).toBe(`1,"a""b",1970-01-01 00:00:00,-1\n9007199254740993,NULL,,1\n`);
});
