/** Pushing rows over HTTP until they are durable, against DuckDB's own appender and commit. */

import { type DuckDBConnection } from "@duckdb/node-api";

import { appendBare, bareDatabase, flights } from "./flights.ts";
import { count, median, type Row, sideBySide } from "./row.ts";
import { answered, PIPELINE, startTidemark } from "./tidemark.ts";

const ROWS = 200_000;
const BATCH = 10_000;
const SINGLE_ROWS = 200;

/** Rows a second of a large push, and the time of a single row. */
export async function measureIngest(): Promise<readonly Row[]> {
  await using server = await startTidemark();
  await using bare = await bareDatabase();
  const rows = flights(ROWS);
  const body = rows.map((row) => JSON.stringify(row)).join("\n");
  const pushed = (): Promise<number> => pushRate(server.http, body);
  const appended = (): Promise<number> => appendBare(bare.connection, rows, BATCH);
  await pushed();
  await appended();
  const both = await sideBySide(5, pushed, appended);
  return [
    {
      name: "push rows over HTTP until complete",
      ours: `${count(both.ours)} rows/s`,
      reference: `${count(both.reference)} rows/s (bare appender)`,
      ratio: both.ours / both.reference,
      aim: "at least 0.7",
    },
    await measureSingle(server.http, bare.connection),
  ];
}

async function pushRate(port: number, body: string): Promise<number> {
  const began = performance.now();
  await complete(port, await push(port, body));
  return ROWS / ((performance.now() - began) / 1000);
}

async function measureSingle(port: number, connection: DuckDBConnection): Promise<Row> {
  const insert = await connection.prepare("INSERT INTO flights VALUES ($1, 1, 2, 3.5, 'A001')");
  const one = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < SINGLE_ROWS; i += 1) {
      const token = await push(port, `{"id":${i},"delay":1,"distance":2,"time":3.5,"origin":"A"}`);
      const began = performance.now();
      await complete(port, token);
      times.push(performance.now() - began);
    }
    return median(times);
  };
  const bare = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < SINGLE_ROWS; i += 1) {
      const began = performance.now();
      insert.bindBigInt(1, BigInt(i));
      await insert.run();
      times.push(performance.now() - began);
    }
    return median(times);
  };
  const both = await sideBySide(5, one, bare);
  return {
    name: "one row, from accepted to complete (with the HTTP call that tells)",
    ours: `${both.ours.toFixed(2)} ms`,
    reference: `${both.reference.toFixed(2)} ms (one durable DuckDB commit)`,
    ratio: both.ours / both.reference,
    aim: "at most 2",
  };
}

async function push(port: number, body: string): Promise<string> {
  const path = `http://127.0.0.1:${port}/v0/pipelines/${PIPELINE}/ingress/flights?format=json&update_format=raw`;
  const answer = await answered(fetch(path, { method: "POST", body }));
  return /"token":"([^"]+)"/.exec(answer)?.[1] ?? "";
}

async function complete(port: number, token: string): Promise<void> {
  const path = `http://127.0.0.1:${port}/v0/pipelines/${PIPELINE}/completion_status?token=${token}`;
  const answer = await answered(fetch(path, { headers: { Prefer: "wait=60" } }));
  if (!answer.includes('"status":"complete"')) throw new Error(answer);
}
