import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Engine, type Row, type Value } from "@tidemark/connector";
import { parseProgram } from "@tidemark/program";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { duckdbEngines } from "./index.ts";

const SQL = `CREATE TABLE t (ts TIMESTAMP, far TIMESTAMP(6), d DATE, tm TIME, v VARIANT, s VARCHAR)
  WITH ('materialized' = 'true');`;

const SECOND = 1_000_000_000n;
const ROW: Row = [
  1_577_872_800n * SECOND + 123_456_789n,
  253_402_214_400n * SECOND,
  18_331,
  36_672n * SECOND + 123_456_789n,
  '{"a":[1,"x",-2.50,null,{"q":true}],"n":"name"}',
  "2020-01-01 00:00:00.123456789",
];

let directory = "";
let engine: Engine;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidemark-dialect-"));
  const parsed = parseProgram(SQL);
  if (parsed.kind === "invalid") throw new Error("invalid");
  engine = await duckdbEngines({ threads: 1 }).open({ directory, program: parsed.program });
  await engine.commit({
    inputs: [{ table: "t", changes: { rows: [ROW] } }],
    progress: new Map(),
    ended: [],
    deliveredStep: 0n,
  });
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function answer(expressions: string): Promise<readonly (readonly Value[])[]> {
  const { signal } = new AbortController();
  const { rows } = await engine.query(`SELECT ${expressions} FROM t`, { signal });
  const all: (readonly Value[])[] = [];
  for await (const piece of rows) all.push(...piece);
  return all;
}

test("values come back with all their digits", async () => {
  expect(await answer("*")).toEqual([ROW]);
});

describe("times and timestamps", () => {
  test.each<[string, Value]>([
    ["CAST(s AS TIMESTAMP)", 1_577_836_800n * SECOND + 123_456_789n],
    ["s::TIMESTAMP = TIMESTAMP '2020-01-01 00:00:00.123456789'", true],
    ["TIMESTAMP '2020-01-01 10:00:00.123456789' = ts", true],
    ["TIMESTAMP '2020-01-01 10:00:00' < ts", true],
    ["far < TIMESTAMP '9999-12-31 00:00:01'", true],
    ["CAST(far AS TIMESTAMP(6)) = far", true],
    ["TIME '10:11:12.123456789' = tm", true],
    ["tm BETWEEN TIME '10:00:00' AND TIME '11:00:00'", true],
    ["EXTRACT(HOUR FROM tm)", 10n],
    ["EXTRACT(DOW FROM d)", 3n],
    ["DAYOFWEEK(d)", 3n],
    ["EXTRACT(EPOCH FROM far)", 253_402_214_400n],
    ["EXTRACT(NANOSECOND FROM ts)", 123_456_789n],
    ["EXTRACT(NANOSECOND FROM tm)", 12_123_456_789n],
    ["TIMESTAMPDIFF(SECOND, ts, TIMESTAMP '2020-01-01 10:00:01.123456788')", 0],
    ["TIMESTAMPDIFF(SECOND, ts, TIMESTAMP '2020-01-01 10:00:01.123456789')", 1],
    ["TIMESTAMPDIFF(SECOND, TIMESTAMP '2020-01-01 10:00:01.123456788', ts)", 0],
    ["DATEDIFF(MONTH, d, DATE '2020-05-09')", 1],
    ["DATEDIFF(DAY, DATE '2020-04-10', d)", -31],
    ["TIMESTAMPADD(HOUR, -1, ts)", 1_577_869_200n * SECOND + 123_456_789n],
    ["DATE_TRUNC(d, MONTH)", 18_322],
    ["TIMESTAMP_TRUNC(ts, HOUR)", 1_577_872_800n * SECOND],
    ["TIME_TRUNC(tm, MINUTE)", 36_660n * SECOND],
    ["NOW() > ts", true],
    ["FORMAT_DATE('%Y-%m', d)", "2020-03"],
    ["PARSE_DATE('%d.%m.%Y', '10.03.2020')", 18_331],
    ["PARSE_DATE('%Y-%m-%d', 'x')", null],
    ["PARSE_TIME('%H:%M', '10:11')", 36_660n * SECOND],
    ["PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S', '2020-01-01 00:00:00')", 1_577_836_800n * SECOND],
  ])("%s is %s", async (expression, value) => {
    expect(await answer(expression)).toEqual([[value]]);
  });

  test("a format that DuckDB would read otherwise is refused", async () => {
    await expect(answer("PARSE_TIMESTAMP('%s', '1')")).rejects.toThrow(/parse_timestamp/u);
  });

  test("names and strings that look like types stay as they are", async () => {
    expect(await answer(`1 AS time, 'CAST(x AS TIME)', 2 AS "timestamp" -- ::TIME`)).toEqual([
      [1, "CAST(x AS TIME)", 2],
    ]);
  });
});

test("bytes are read as text, and those that are none are NULL, each by itself", async () => {
  const bytes = "(VALUES (1, unhex('4041')), (2, unhex('FF')), (3, unhex('E29883'))) x(i, b)";
  expect(await answer(`(SELECT list(BIN2UTF8(b) ORDER BY i) FROM ${bytes})`)).toEqual([
    [["@A", null, "☃"]],
  ]);
});

describe("variants", () => {
  test.each<[string, Value]>([
    ["v['n']", '"name"'],
    ["t.v['a'][5]['q']", "true"],
    ["v['a'][1]", "1"],
    ["v['zz']", null],
    ["v[1]", null],
    ["CAST(v['n'] AS VARCHAR)", "name"],
    ["CAST(v['n'] AS INT)", null],
    ["CAST(v['a'][1] AS BIGINT)", 1n],
    ["CAST(v['a'][3] AS DECIMAL(8, 2))", -250n],
    ["TYPEOF(v)", "MAP"],
    ["TYPEOF(v['a'])", "ARRAY"],
    ["TYPEOF(v['a'][1])", "BIGINT UNSIGNED"],
    ["TYPEOF(v['n'])", "VARCHAR"],
    ["TYPEOF(v['a'][5]['q'])", "BOOLEAN"],
    ["TYPEOF(CAST(1 AS VARIANT))", "INTEGER"],
    ["TYPEOF(CAST(1.5 AS VARIANT))", "DECIMAL"],
    ["CAST(1.50 AS VARIANT)", "1.50"],
    [`PARSE_JSON('{"a": [1, "b"]}')['a']`, '[1,"b"]'],
    ["PARSE_JSON('no json')", null],
    ["TO_JSON(v['n'])", '"name"'],
    ["TO_JSON(v)", ROW[4] ?? null],
    ["VARIANTNULL()", "null"],
  ])("%s is %s", async (expression, value) => {
    expect(await answer(expression)).toEqual([[value]]);
  });
});
