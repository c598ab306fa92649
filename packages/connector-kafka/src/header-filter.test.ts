/** Laws of filtering records by their headers. */

import { ConfigError } from "@tidemark/connector";
import { type JsonValue } from "@tidemark/program";
import { expect, test } from "vitest";

import { headerFilter } from "./header-filter.ts";

const RECORD = {
  headers: [
    ["kind", "created"],
    ["env", "test"],
    ["env", "prod"],
    ["none", null],
    ["bytes", Buffer.from([0x61, 0xff])],
    ["text", "é"],
  ].map(([name, value]): [Buffer, Buffer | null] => {
    return [Buffer.from(name ?? ""), value === null ? null : Buffer.from(value ?? "")];
  }),
};

function header(name: string, pattern: string): JsonValue {
  return { header: { name, pattern } };
}

const YES = header("kind", "created");
const NO = header("kind", "deleted");

test.each<readonly [JsonValue, boolean]>([
  [header("kind", "created|updated"), true],
  [header("kind", "create"), false],
  [header("kind", "reated"), false],
  [header("kind", "^created$"), true],
  [header("Kind", "created"), false],
  [header("missing", ".*"), false],
  [header("env", "prod"), true],
  [header("none", ""), true],
  [header("none", ".+"), false],
  [header("bytes", "a."), true],
  [header("text", "."), true],
  [{ and: [YES, YES] }, true],
  [{ and: [YES, NO] }, false],
  [{ or: [NO, YES] }, true],
  [{ or: [NO, NO] }, false],
  [{ not: NO }, true],
  [{ and: [{ or: [NO, YES] }, { not: YES }] }, false],
  [{ and: [] }, true],
  [{ or: [] }, false],
])("%j is %s of a record", (filter, passes) => {
  expect(headerFilter(filter)(RECORD)).toBe(passes);
});

test.each<JsonValue>([
  "kind",
  [],
  {},
  { header: { name: "kind" } },
  { header: { name: "kind", pattern: "a", flags: "i" } },
  { header: { name: "kind", pattern: "(" } },
  { and: YES },
  { not: [YES] },
  { xor: [YES] },
  { and: [], or: [] },
  JSON.parse(`${'{"not":'.repeat(40)}{"and":[]}${"}".repeat(40)}`),
])("what is no filter is refused: %j", (filter) => {
  expect(() => headerFilter(filter)).toThrow(ConfigError);
});
