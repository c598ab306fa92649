import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { CrashHistory } from "./testing/crash-history.ts";
import { query, send, startPipeline, until } from "./testing/rest-client.ts";
import { scratchFolder } from "./testing/scratch-folder.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { serving, type ServerProcess, spawnServer } from "./testing/server-process.ts";

const KILLS = Number(process.env["TIDEMARK_CRASH_RUNS"] ?? 30);
const SEED = Number(process.env["TIDEMARK_CRASH_SEED"] ?? Date.now() % 1_000_000);

function program(input: string, output: string): string {
  const follow = {
    name: "file",
    transport: { name: "file_input", config: { path: input, follow: true } },
    format: { name: "json", config: { update_format: "raw" } },
  };
  const write = {
    name: "out",
    transport: { name: "file_output", config: { path: output } },
    format: { name: "json" },
  };
  return `
    CREATE TABLE pushed (id BIGINT NOT NULL) WITH ('materialized' = 'true');
    CREATE TABLE followed (id BIGINT NOT NULL) WITH (
      'materialized' = 'true', 'connectors' = '${JSON.stringify([follow])}');
    CREATE MATERIALIZED VIEW evens WITH ('connectors' = '${JSON.stringify([write])}') AS
      SELECT id FROM pushed WHERE id % 2 = 0;
    CREATE MATERIALIZED VIEW ends WITH (
      'connectors' = '[{"name": "null", "transport": {"name": "null_output"}}]') AS
      SELECT id % 10 AS digit, count(*) AS n FROM pushed GROUP BY id % 10;`;
}

/** Works until the server is killed, at a moment that the seed chooses. */
async function workAndKill(
  history: CrashHistory,
  server: ServerProcess,
  random: (below: number) => number,
): Promise<void> {
  const pipeline = `${server.http}/v0/pipelines/crash`;
  let killed = false;
  const work = async (): Promise<void> => {
    try {
      for (;;) await history.work(pipeline);
    } catch (error) {
      // A request that a kill cut off says nothing; every other failure is one.
      if (!(killed && error instanceof TypeError)) throw error;
    }
  };
  const working = work();
  await Promise.race([working, sleep(20 + random(250))]);
  killed = true;
  await server.end("SIGKILL");
  await working;
}

/** The rows that a file of JSON changes leaves standing. */
async function standing(file: string): Promise<readonly number[]> {
  const rows = new Map<number, number>();
  for (const line of (await readFile(file, "utf8")).split("\n")) {
    const match = /^\{"(insert|delete)":\{"id":(\d+)\}\}$/.exec(line);
    if (match === null) continue;
    const id = Number(match[2]);
    rows.set(id, (rows.get(id) ?? 0) + (match[1] === "insert" ? 1 : -1));
  }
  return [...rows]
    .flatMap(([id, count]) => Array.from({ length: count }, () => id))
    .toSorted((a, b) => a - b);
}

async function idsOf(http: string, relation: string): Promise<readonly number[]> {
  const rows = await query(http, "crash", `SELECT id FROM ${relation} ORDER BY id`);
  return rows.map((row) => Number(JSON.stringify(row).replace(/\D+/g, "")));
}

test(
  `killed at any moment, the server loses and repeats nothing, and every token tells the truth (seed ${SEED})`,
  { timeout: 30_000 + KILLS * 10_000 },
  async () => {
    await using folder = await scratchFolder();
    const input = join(folder.path, "input.json");
    const output = join(folder.path, "output.json");
    await writeFile(input, "");
    const random = seededRandom(SEED);
    const history = new CrashHistory(random, input);
    const data = join(folder.path, "data");
    for (let kill = 0; kill < KILLS; kill += 1) {
      const server = await serving(spawnServer(data));
      if (kill === 0) await startPipeline(server.http, "crash", program(input, output));
      await until(`${server.http}/v0/pipelines/crash`, "deployment_status", "Running");
      await workAndKill(history, server, random);
    }

    await using server = await serving(spawnServer(data));
    const pipeline = `${server.http}/v0/pipelines/crash`;
    await until(pipeline, "deployment_status", "Running");
    await history.push(pipeline);
    await history.append(pipeline);
    let lost = 0;
    for (const one of history.issued) {
      const complete = await history.check(pipeline, one, 60);
      if (complete) continue;
      // What can be read again from its source is never lost.
      expect(one.table).toBe("pushed");
      const { status } = await send(`${pipeline}/completion_status?token=${one.token}`);
      expect(status).toBe(410);
      lost += 1;
    }
    expect(history.issued.length).toBeGreaterThan(KILLS);
    expect(lost).toBeLessThan(history.issued.length);

    expect(await idsOf(server.http, "followed")).toEqual(
      Array.from({ length: history.lines }, (_, id) => id),
    );
    const pushed = await idsOf(server.http, "pushed");
    expect(new Set(pushed).size).toBe(pushed.length);
    expect(await standing(output)).toEqual(await idsOf(server.http, "evens"));
  },
);
