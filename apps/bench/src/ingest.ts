/** Pushing rows over HTTP until they are durable, against DuckDB's own appender and commit. */

import { type DuckDBConnection } from "@duckdb/node-api";

import { appendBare, bareDatabase, flights } from "./flights.ts";
import { count, median, type Row, sideBySide } from "./row.ts";
import { startMeasured } from "./measured-server.ts";
import { answered, PIPELINE } from "./tidemark.ts";

const ROWS = 200_000;
const BATCH = 10_000;
const WARM_UP_ROWS = 200;
const SINGLE_ROWS = 400;

/** Rows a second of a large push, and the time of a single row. */
export async function measureIngest(): Promise<readonly Row[]> {
  await using server = await startMeasured("serve-tidemark.ts");
  const port = server.ports["http"] ?? 0;
  await using bare = await bareDatabase();
  const rows = flights(ROWS);
  const body = rows.map((row) => JSON.stringify(row)).join("\n");
  const pushed = (): Promise<number> => pushRate(port, body);
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
    await measureSingle(port, bare.connection),
  ];
}

async function pushRate(port: number, body: string): Promise<number> {
  const began = performance.now();
  await complete(port, await push(port, body));
  return ROWS / ((performance.now() - began) / 1000);
}

/** Times one row at a time, by turns with a bare commit; the call that tells is timed alone and taken off. */
async function measureSingle(port: number, connection: DuckDBConnection): Promise<Row> {
  const insert = await connection.prepare("INSERT INTO flights VALUES ($1, 1, 2, 3.5, 'A001')");
  const waits: number[] = [];
  const calls: number[] = [];
  const commits: number[] = [];
  for (let i = 0; i < WARM_UP_ROWS + SINGLE_ROWS; i += 1) {
    const token = await push(port, `{"id":${i},"delay":1,"distance":2,"time":3.5,"origin":"A"}`);
    const wait = await timed(() => complete(port, token));
    const call = await timed(() => complete(port, token));
    insert.bindBigInt(1, BigInt(i));
    const commit = await timed(() => insert.run());
    if (i < WARM_UP_ROWS) continue;
    waits.push(wait);
    calls.push(call);
    commits.push(commit);
  }
  const ours = median(waits) - median(calls);
  const reference = median(commits);
  return {
    name: "one row, from accepted to complete",
    ours: `${ours.toFixed(2)} ms`,
    reference: `${reference.toFixed(2)} ms (one durable DuckDB commit)`,
    ratio: ours / reference,
    aim: "at most 2",
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
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
