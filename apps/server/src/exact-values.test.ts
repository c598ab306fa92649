import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import * as fc from "fast-check";
import { LosslessNumber, parse, stringify } from "lossless-json";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { send, startPipeline, textOf, until } from "./testing/rest-client.ts";

/** Values of every type, as JSON texts that must come back letter by letter. */
const VALUES: Readonly<
  Record<string, { readonly type: string; readonly values: readonly string[] }>
> = {
  b: { type: "BOOLEAN", values: ["true", "false"] },
  i8: { type: "TINYINT", values: ["-128", "127"] },
  i16: { type: "SMALLINT", values: ["-32768", "0"] },
  i32: { type: "INTEGER", values: ["-2147483648", "2147483647"] },
  i64: { type: "BIGINT", values: ["-9223372036854775808", "9007199254740993"] },
  u64: { type: "BIGINT UNSIGNED", values: ["18446744073709551615", "0"] },
  d38: {
    type: "DECIMAL(38, 10)",
    values: ["1234567890123456789012345678.0123456789", "-0.0000000001"],
  },
  d4: { type: "DECIMAL(4, 2)", values: ["-99.99", "1.10"] },
  r: { type: "REAL", values: ["0.1", "-1.5"] },
  x: { type: "DOUBLE", values: ["0.1", "123456.789", "5e-324"] },
  c: { type: "CHAR(4)", values: ['"ab  "', '"🎉"'] },
  s: { type: "VARCHAR(20)", values: ['"a,\\"b\\"\\nc"', '"NULL"', '""', '" äöü 🜃 "', '"\\u0000"'] },
  dt: { type: "DATE", values: ['"0001-01-01"', '"9999-12-31"'] },
  tm: { type: "TIME", values: ['"00:00:00"', '"23:59:59.999999999"', '"12:00:00.1"'] },
  ns: { type: "TIMESTAMP", values: ['"1677-09-22 00:00:00"', '"2262-04-11 23:47:16.854775806"'] },
  us: { type: "TIMESTAMP(6)", values: ['"0001-01-01 00:00:00"', '"9999-12-31 23:59:59.999999"'] },
  u: { type: "UUID", values: ['"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"'] },
  bin: { type: "VARBINARY", values: ["[]", "[0,255,1]"] },
  bin2: { type: "BINARY(2)", values: ["[1,2]"] },
  l: { type: "DECIMAL(20, 5) ARRAY", values: ["[1.10000,null,-123456789012345.12345]", "[]"] },
  ll: { type: "TIME ARRAY ARRAY", values: ['[["01:02:03.000000001"],[],null]'] },
  m: { type: "MAP<BIGINT, VARCHAR>", values: ['{"9223372036854775807":"x"}', "{}"] },
  md: { type: "MAP<DATE, TIMESTAMP>", values: ['{"2020-01-02":"2020-01-02 03:04:05.123456789"}'] },
  row: {
    type: "ROW(a BIGINT NULL, b ROW(d DECIMAL(30, 2) NULL) NULL)",
    values: [
      '{"a":9007199254740993,"b":{"d":1234567890123456789012345678.90}}',
      '{"a":null,"b":null}',
    ],
  },
  v: {
    type: "VARIANT",
    values: [
      '{"z":[1.10,12345678901234567890123,null],"a":"x"}',
      '"text"',
      "-0.000000000000000000001",
    ],
  },
};

const COLUMNS = Object.entries(VALUES);

let server: InProcessServer;
let files: Readonly<Record<"json" | "csv", string>>;

beforeAll(async () => {
  server = await inProcessServer();
  files = { json: join(server.folder, "out.json"), csv: join(server.folder, "out.csv") };
  const outputs = Object.entries(files).map(([format, path]) => ({
    name: format,
    transport: { name: "file_output", config: { path } },
    format: { name: format, config: {} },
  }));
  const columns = COLUMNS.map(([name, { type }]) => `${name} ${type}`).join(", ");
  await startPipeline(
    server.http,
    "p",
    `CREATE TABLE t (id INT NOT NULL PRIMARY KEY, ${columns}) WITH ('materialized' = 'true');
     CREATE TABLE again (id INT NOT NULL PRIMARY KEY, ${columns}) WITH ('materialized' = 'true');
     CREATE MATERIALIZED VIEW out WITH ('connectors' = '${JSON.stringify(outputs)}')
     AS SELECT * FROM t;`,
  );
});
afterAll(() => server[Symbol.asyncDispose]());

const rowOf = (id: number): string =>
  `{"id":${id},${COLUMNS.map(([name, { values }]) => `"${name}":${values[id % values.length] ?? ""}`).join(",")}}`;
const NULLS = `{"id":99,${COLUMNS.map(([name]) => `"${name}":null`).join(",")}}`;
const ROWS = [...Array.from({ length: 10 }, (_, id) => rowOf(id)), NULLS];

/** The CSV field of a JSON value: a text without its own quotes. */
function csvField(json: string): string {
  const value: unknown = JSON.parse(json);
  const text = typeof value === "string" ? value : json;
  return `"${text.replaceAll('"', '""')}"`;
}

/**
 * A JSON text as queries write it: timestamps as in ISO 8601, a VARIANT (the last column) as a text
 * that holds its JSON, and all else as it was pushed.
 */
function queried(json: string): string {
  return json
    .replaceAll(/("\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/gu, "$1T$2")
    .replace(/"v":(?!null)(.*)\}$/u, (_, value: string) => `"v":${JSON.stringify(value)}}`);
}

/** A text with numbers as written and names in one order. */
function plain(text: string): unknown {
  return parse(text, undefined, { parseNumber: (number) => new LosslessNumber(number) });
}

async function push(table: string, parameters: string, body: string): Promise<void> {
  const path = `${server.http}/v0/pipelines/p/ingress/${table}?${parameters}`;
  const token = textOf(await send(path, { method: "POST", body }), "token");
  const status = `${server.http}/v0/pipelines/p/completion_status?token=${token}`;
  expect(textOf(await send(status, { wait: 30 }), "status")).toBe("complete");
}

async function rowsOf(table: string): Promise<readonly unknown[]> {
  const sql = `SELECT * FROM ${table} ORDER BY id`;
  const parameters = new URLSearchParams({ sql, format: "json" });
  const answer = await fetch(`${server.http}/v0/pipelines/p/query?${parameters}`);
  return (await answer.text()).trimEnd().split("\n").map(plain);
}

const byText = (a: unknown, b: unknown): number =>
  (stringify(a) ?? "") < (stringify(b) ?? "") ? -1 : 1;

describe("nothing is rounded or reformatted", () => {
  test("from pushed JSON to a query", async () => {
    await push("t", "format=json", ROWS.map((row) => `{"insert":${row}}\n`).join(""));
    expect(await rowsOf("t")).toEqual(ROWS.map((row) => plain(queried(row))));
  });

  test("to a file of JSON", async () => {
    const lines = (await readFile(files.json, "utf8")).trimEnd().split("\n").map(plain);
    expect(lines.toSorted(byText)).toEqual(
      ROWS.map((row) => plain(`{"insert":${row}}`)).toSorted(byText),
    );
  });

  test("to a file of CSV, and from it pushed again", async () => {
    await push("again", "format=csv", await readFile(files.csv, "utf8"));
    expect(await rowsOf("again")).toEqual(ROWS.map((row) => plain(queried(row))));
  });
});

describe("values as keys", () => {
  const keyed = COLUMNS.filter(([name]) => !["row", "v", "m", "md", "l", "ll"].includes(name));
  test.each(keyed)("%s finds its row again", async (name, { type, values }) => {
    const pipeline = `key-${name}`;
    await startPipeline(
      server.http,
      pipeline,
      `CREATE TABLE t (k ${type} NOT NULL PRIMARY KEY, n INT) WITH ('materialized' = 'true');`,
    );
    const events = values.flatMap((value) => [
      `{"insert":{"k":${value},"n":1}}`,
      `{"insert":{"k":${value},"n":2}}`,
    ]);
    const deleted = `{"delete":{"k":${values[0] ?? ""}}}`;
    const ingress = `${server.http}/v0/pipelines/${pipeline}/ingress/t?format=json&durable=true`;
    await send(ingress, { method: "POST", body: events.join("\n") });
    await send(ingress, { method: "POST", body: deleted });
    const sql = new URLSearchParams({ sql: "SELECT * FROM t", format: "json" });
    const answer = await fetch(`${server.http}/v0/pipelines/${pipeline}/query?${sql}`);
    const rows = (await answer.text()).split("\n").filter((line) => line !== "");
    expect(rows.map(plain)).toHaveLength(values.length - 1);
    expect(rows.map(plain)).toEqual(
      expect.arrayContaining(
        values.slice(1).map((value) => plain(queried(`{"k":${value},"n":2}`))),
      ),
    );
    await send(`${server.http}/v0/pipelines/${pipeline}/stop?force=true`, { method: "POST" });
  });
});

/** Values that are at an edge of some type, or beyond it. */
const ODD = [
  "1e400",
  "null",
  '"9999-12-31 00:00:00"',
  '"\\ud800"',
  "[[[[]]]]",
  '{"":1,"\\u0000":{}}',
  "-0",
  "1E5",
  "true",
  '"true"',
  "-1",
  "1.5",
  '"1.5"',
  "256",
  "1e39",
  '"NaN"',
  '"inf"',
  '"24:00:00"',
  '"0000-01-01"',
  '"1677-09-21 23:59:59"',
  '"2262-04-11 23:47:16.854775807"',
  "[null]",
  '{"1":null}',
  '{"a":{}}',
  '""',
  '"\\u0000"',
  '"-0"',
  '"2020-02-30"',
  "99999999999999999999999999999999999999",
  '"1e38"',
  "[[1]]",
];

describe("no pushed body can stop a pipeline", () => {
  const anyJson = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value));
  const given = fc.oneof(
    ...COLUMNS.map(([, { values }]) => fc.constantFrom(...values)),
    anyJson,
    fc.constantFrom(...ODD),
  );
  const names = ["id", ...COLUMNS.map(([name]) => name), "unknown"];
  const record = fc
    .array(fc.tuple(fc.constantFrom(...names), given), { maxLength: 6 })
    .map((fields) => `{${fields.map(([name, value]) => `"${name}":${value}`).join(",")}}`);
  const event = fc
    .tuple(fc.constantFrom("insert", "delete", "update", "upsert"), record)
    .map(([operation, row]) => `{"${operation}":${row}}`);
  const csv = fc
    .array(fc.array(given, { maxLength: 30 }), { maxLength: 4 })
    .map((lines) =>
      lines.map((line) => line.map((one) => `"${one.replaceAll('"', '""')}"`).join(",")).join("\n"),
    );
  const body = fc.oneof(
    fc.record({
      parameters: fc.constant("format=json"),
      text: fc.array(event).map((all) => all.join("\n")),
    }),
    fc.record({ parameters: fc.constant("format=json&update_format=raw"), text: record }),
    fc.record({
      parameters: fc.constant("format=json&array=true"),
      text: fc.array(event).map((all) => `[${all.join(",")}]`),
    }),
    fc.record({ parameters: fc.constant("format=csv"), text: csv }),
    fc.record({
      parameters: fc.constantFrom("format=csv", "format=json", "format=parquet", "format=raw"),
      text: fc.string({ unit: "binary" }),
    }),
  );

  test("of any value in any column", async () => {
    const values = [...COLUMNS.flatMap(([, one]) => one.values), ...ODD];
    const pairs = COLUMNS.flatMap(([name]) => values.map((value) => [name, value] as const));
    const json = pairs.map(([name, value], id) => `{"id":${id + 1000},"${name}":${value}}\n`);
    const records = pairs.map(([name, value], id) => {
      const fields = COLUMNS.map(([column]) => (column === name ? csvField(value) : "NULL"));
      return `${id + 100_000},${fields.join(",")}\n`;
    });
    const path = `${server.http}/v0/pipelines/p/ingress/t?durable=true`;
    const raw = `${path}&format=json&update_format=raw&lines=single`;
    expect((await send(raw, { method: "POST", body: json.join("") })).status).toBe(400);
    expect(
      (await send(`${path}&format=csv`, { method: "POST", body: records.join("") })).status,
    ).toBe(400);
    await until(`${server.http}/v0/pipelines/p`, "deployment_status", "Running");
    expect((await rowsOf("t")).length).toBeGreaterThan(500);
  });

  test("of any table and format, and what was taken can be read", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(body, { maxLength: 6 }), async (bodies) => {
        for (const { parameters, text } of bodies) {
          const path = `${server.http}/v0/pipelines/p/ingress/t?${parameters}&durable=true`;
          const { status } = await send(path, { method: "POST", body: text });
          expect([200, 400]).toContain(status);
        }
        const pipeline = `${server.http}/v0/pipelines/p`;
        await until(pipeline, "deployment_status", "Running");
        const sql = "SELECT count(*) AS n, count(v['a']) AS a, count(TYPEOF(v)) AS t FROM t";
        const query = `${pipeline}/query?${new URLSearchParams({ sql, format: "json" })}`;
        expect((await send(query)).status).toBe(200);
      }),
      { numRuns: 60 },
    );
  });

  test("files read by a connector give the same rows", async () => {
    const path = join(server.folder, "in.json");
    await writeFile(path, `\uFEFF${ROWS.join("\n")}\n{"id":"x"}\n`);
    const connectors = JSON.stringify([
      {
        transport: { name: "file_input", config: { path } },
        format: { name: "json", config: { update_format: "raw", lines: "single" } },
      },
    ]);
    const columns = COLUMNS.map(([name, { type }]) => `${name} ${type}`).join(", ");
    await startPipeline(
      server.http,
      "files",
      `CREATE TABLE t (id INT NOT NULL PRIMARY KEY, ${columns})
       WITH ('materialized' = 'true', 'connectors' = '${connectors}');`,
    );
    const base = `${server.http}/v0/pipelines/files`;
    const token = textOf(
      await send(`${base}/tables/t/connectors/unnamed-0/completion_token?basis=head`),
      "token",
    );
    await send(`${base}/completion_status?token=${token}`, { wait: 30 });
    const sql = new URLSearchParams({ sql: "SELECT * FROM t ORDER BY id", format: "json" });
    const answer = await (await fetch(`${base}/query?${sql}`)).text();
    expect(answer.trimEnd().split("\n").map(plain)).toEqual(ROWS.map((row) => plain(queried(row))));
  });
});
