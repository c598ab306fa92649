import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Changes, type Step } from "@tidemark/connector";
import { parseProgram } from "@tidemark/program";
import { expect, onTestFinished, test } from "vitest";

import { duckdbEngines } from "./index.ts";

const SINK = `WITH ('connectors' = '[{"transport": {"name": "null_output"}}]')`;

const VALUES = [
  '{"a":1}',
  '{"a":"x"}',
  '{"a":[1,"y",null]}',
  '{"a":{"b":true}}',
  '{"a":null}',
  "[]",
];
const PARTS = ["1", '"x"', '[1,"y",null]', '{"b":true}', "null", "null"];

function step(changes: Changes): Step {
  return { inputs: [{ table: "t", changes }], progress: new Map(), ended: [], deliveredStep: 0n };
}

test.each([
  ["a projection", "SELECT v['a'] AS a FROM t"],
  ["a grouping", "SELECT v['a'] AS a, count(*) AS n FROM t GROUP BY v['a']"],
  ["a view that is compared", "SELECT DISTINCT a FROM (SELECT v['a'] AS a FROM t) AS s"],
])("%s of a VARIANT's parts, of whatever types, has its changes", async (_, query) => {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-variants-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const parsed = parseProgram(`CREATE TABLE t (v VARIANT); CREATE VIEW w ${SINK} AS ${query};`);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));
  await using engine = await duckdbEngines({ threads: 1 }).open({
    directory,
    program: parsed.program,
  });
  const rows = VALUES.map((value) => [value]);
  const seen = new Map<string, number>();
  const commit = async (operation: "insert" | "delete"): Promise<void> => {
    const operations = rows.map(() => operation);
    const committed = await engine.commit(step({ rows, operations }));
    for await (const piece of engine.changes("w", committed.step)) {
      for (const { weight, row } of piece) {
        const key = String(row[0]);
        seen.set(key, (seen.get(key) ?? 0) + weight);
      }
    }
  };
  await commit("insert");
  expect([...seen.keys()].toSorted()).toEqual([...new Set(PARTS)].toSorted());
  await commit("delete");
  expect([...seen.values()].every((weight) => weight === 0)).toBe(true);
});
