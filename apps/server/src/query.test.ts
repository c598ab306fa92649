/** Queries over the wire: every format holds the same rows, and a client that leaves ends its query. */

import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromIPC } from "apache-arrow";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { send, startPipeline, textOf } from "./testing/rest-client.ts";

const PROGRAM = `CREATE TABLE t (
  n BIGINT NOT NULL, d DECIMAL(38, 2), s VARCHAR, at TIMESTAMP, day DATE, u UUID,
  list VARCHAR ARRAY, obj ROW(a INT, b VARCHAR), m MAP<VARCHAR, BIGINT>
) WITH ('materialized' = 'true');`;
const ROWS = [
  {
    n: 1,
    d: 12345.67,
    s: "ä\n",
    at: "2024-02-25T12:12:33.123456",
    day: "2024-02-25",
    u: "0190b1a4-7c1e-7000-8000-000000000000",
    list: ["x", null],
    obj: { a: 1, b: null },
    m: { k: 5 },
  },
  { n: 2, d: null, s: null, at: null, day: null, u: null, list: null, obj: null, m: null },
];

let server: InProcessServer;
beforeAll(async () => {
  server = await inProcessServer();
  await startPipeline(server.http, "p", PROGRAM);
  const path = "/v0/pipelines/p/ingress/t?format=json&update_format=raw&array=true";
  const pushed = await send(server.http + path, { method: "POST", body: JSON.stringify(ROWS) });
  const query = await get("SELECT 1 AS one", "json", { after: textOf(pushed, "token") });
  expect([query.status, await query.text()]).toEqual([200, '{"one":1}\n']);
});
afterAll(() => server[Symbol.asyncDispose]());

function get(sql: string, format: string, more: Readonly<Record<string, string>> = {}) {
  const query = new URLSearchParams({ sql, format, ...more });
  return fetch(`${server.http}/v0/pipelines/p/query?${query.toString()}`);
}

const ALL = "SELECT * FROM t ORDER BY n";

test("JSON, Arrow and Parquet answer the same rows", async () => {
  const lines = (await (await get(ALL, "json")).text()).trimEnd().split("\n");
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(ROWS);

  const table = tableFromIPC(new Uint8Array(await (await get(ALL, "arrow_ipc")).arrayBuffer()));
  expect(table.numRows).toBe(2);
  expect([...(table.getChild("s") ?? [])]).toEqual(["ä\n", null]);
  expect(String(table.getChild("m")?.get(0))).toBe('{"k": 5}');

  const parquet = await get(ALL, "parquet");
  expect(parquet.headers.get("content-disposition")).toMatch(
    /^attachment; filename="results_\d{8}_\d{6}\.parquet"$/u,
  );
  const file = join(server.folder, "answer.parquet");
  await writeFile(file, new Uint8Array(await parquet.arrayBuffer()));
  const duckdb = await DuckDBInstance.create(":memory:");
  const connection = await duckdb.connect();
  const asIso = `* REPLACE (strftime("at", '%Y-%m-%dT%H:%M:%S.%f') AS "at")`;
  const sql = `SELECT to_json(t) FROM (SELECT ${asIso} FROM read_parquet($1)) t`;
  const read = await connection.runAndReadAll(sql, [file]);
  expect(read.getRows().map(([json]): unknown => JSON.parse(String(json)))).toEqual(ROWS);
  connection.closeSync();
  duckdb.closeSync();
});

test("a hash tells answers apart, but not by their order", async () => {
  const [first = "", turned, part] = await Promise.all(
    [ALL, "SELECT * FROM t ORDER BY n DESC", "SELECT * FROM t WHERE n = 1"].map(async (sql) =>
      (await get(sql, "hash")).text(),
    ),
  );
  expect(first).toMatch(/^[\dA-F]{64}$/u);
  expect(turned).toBe(first);
  expect(part).not.toBe(first);
});

const FAILS_LATE =
  "SELECT CASE WHEN i < 200000 THEN i ELSE CAST('x' || i AS INT) END AS i FROM range(300000) AS r(i)";

test("a fault after the first rows is the last line of JSON and text, and breaks off the others", async () => {
  const json = await (await get(FAILS_LATE, "json")).text();
  expect(json.trimEnd().split("\n").at(-1)).toMatch(/^\{"error":"Conversion Error: .*x200000/u);
  expect((await (await get(FAILS_LATE, "text")).text()).trimEnd().split("\n").at(-1)).toMatch(
    /^ERROR: Error during query processing: Conversion Error: .*x200000/u,
  );
  for (const format of ["arrow_ipc", "parquet"]) {
    const response = await get(FAILS_LATE, format);
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow("terminated");
  }
  expect((await get(FAILS_LATE, "hash")).status).toBe(400);
});

/** All frames of one exchange, and the code it is closed with. */
async function overSocket(
  request: string | Uint8Array<ArrayBuffer>,
  path = "/v0/pipelines/p/query",
) {
  const socket = new WebSocket(`${server.http.replace("http", "ws")}${path}`);
  socket.binaryType = "arraybuffer";
  const frames: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  socket.addEventListener("open", () => socket.send(request));
  socket.addEventListener("message", ({ data }) => frames.push(data));
  socket.addEventListener("close", ({ code }) => resolve(code));
  return { code: await promise, frames };
}

test("a websocket answers one query and is closed", async () => {
  const ask = (format: string) => overSocket(JSON.stringify({ sql: ALL, format }));
  const json = await ask("json");
  expect(json.code).toBe(1000);
  expect(json.frames.join("")).toBe(await (await get(ALL, "json")).text());
  const text = await overSocket(JSON.stringify({ sql: "SELECT 1 AS one" }));
  expect(text.frames.join("")).toBe("+-----+\n| one |\n+-----+\n| 1   |\n+-----+\n");
  const arrow = await ask("arrow_ipc");
  const buffers = arrow.frames.filter((frame) => frame instanceof ArrayBuffer);
  const bytes = Buffer.concat(buffers.map((frame) => new Uint8Array(frame)));
  expect(tableFromIPC(new Uint8Array(bytes)).numRows).toBe(2);
  expect((await ask("hash")).frames).toEqual([await (await get(ALL, "hash")).text()]);
});

test("what is wrong on a websocket is a text frame, and the close says so", async () => {
  const errorOf = async (request: string | Uint8Array<ArrayBuffer>): Promise<unknown> => {
    const { code, frames } = await overSocket(request);
    expect(code).toBe(1011);
    return JSON.parse(String(frames.at(-1)));
  };
  expect(await errorOf(JSON.stringify({ sql: "SELEC 1" }))).toMatchObject({
    error: expect.stringContaining("syntax error"),
    error_code: "AdHocQueryError",
  });
  expect(await errorOf("SELECT 1")).toMatchObject({ error_code: "InvalidParam" });
  expect(await errorOf('{"sql":"SELECT 1","format":"xml"}')).toMatchObject({
    error: expect.stringContaining("format"),
  });
  expect(await errorOf(new Uint8Array([1]))).toMatchObject({
    error: expect.stringContaining("Binary requests are not supported"),
  });
  expect(await errorOf(JSON.stringify({ sql: FAILS_LATE, format: "arrow_ipc" }))).toMatchObject({
    error: expect.stringContaining("x200000"),
  });
  const unknown = await overSocket("{}", "/v0/pipelines/nothing/query");
  expect([unknown.code, unknown.frames]).toEqual([1006, []]);
});
