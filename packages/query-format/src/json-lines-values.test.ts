/** Laws of JSON lines: every value is valid JSON to any reader, and reads back as the same value. */

import { spawnSync } from "node:child_process";

import { type Value } from "@tidemark/connector";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { jsonLines } from "./json-lines.ts";
import { anyRowset, resultOf, type Rowset } from "./testing/any-result.ts";
import { readRow } from "./testing/json-values.ts";
import { identity, keyedMaps } from "./testing/keyed-maps.ts";

async function linesOf(rowset: Rowset): Promise<readonly string[]> {
  let text = "";
  for await (const piece of jsonLines(resultOf(rowset))) text += piece;
  return text.split("\n").slice(0, -1);
}

test("rows of any types read back as the same values", async () => {
  await fc.assert(
    fc.asyncProperty(anyRowset, async (rowset) => {
      const lines = await linesOf(rowset);
      expect(lines.map((line) => readRow(rowset.columns, line))).toEqual(rowset.rows.map(finite));
    }),
    { numRuns: 300 },
  );
});

test("maps with keys of any type read back as the same entries", async () => {
  await fc.assert(
    fc.asyncProperty(keyedMaps, async (rowset) => {
      const read = (await linesOf(rowset)).map((line) => readRow(rowset.columns, line));
      expect(read.map(entriesOf)).toEqual(rowset.rows.map(entriesOf));
    }),
    { numRuns: 300 },
  );
});

/** Readers may order the members of an object as they like. */
function entriesOf([map = null]: readonly Value[]): readonly string[] {
  return Array.isArray(map) ? map.map(identity).toSorted() : [];
}

/** Refuses what is no JSON, and an object with two members of one name. */
const PYTHON = `
import json, sys
def once(pairs):
    if len(dict(pairs)) != len(pairs): raise ValueError("two members of one name")
    return dict(pairs)
def refuse(word): raise ValueError(word)
for line in sys.stdin.buffer.read().decode("utf-8").split("\\n")[:-1]:
    value = json.loads(line, object_pairs_hook=once, parse_constant=refuse, parse_int=str, parse_float=str)
    print(json.dumps(value))
`;

test("another reader of JSON finds the same in it", async () => {
  const rowsets = fc.sample(fc.oneof(anyRowset, keyedMaps), 500);
  const lines = (await Promise.all(rowsets.map(linesOf))).flat();
  const input = lines.map((line) => `${line}\n`).join("");
  const { status, stdout, stderr } = spawnSync("python3", ["-c", PYTHON], {
    input,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const read = stdout
    .split("\n")
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
  const ours = lines.map((line): unknown =>
    JSON.parse(line, (_key, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" ? context?.source : value,
    ),
  );
  expect(read).toEqual(ours);
});

/** JSON has no number that is not finite: those are null. */
function finite(row: readonly Value[]): readonly Value[] {
  return row.map((value) => {
    if (typeof value === "number") return Number.isFinite(value) ? value : null;
    const isList = value !== null && typeof value === "object" && !(value instanceof Uint8Array);
    return isList ? finite(value) : value;
  });
}
