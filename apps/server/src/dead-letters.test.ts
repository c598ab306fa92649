/** Dead letters with a real PostgreSQL: a way on for an output, also through kills. */

import { type Database, withPostgres } from "@tidemark/systems";
import { expect, test } from "vitest";

import { query, send, startPipeline, textOf, until } from "./testing/rest-client.ts";
import { scratchFolder } from "./testing/scratch-folder.ts";
import { serving, spawnServer } from "./testing/server-process.ts";

function program(database: Database, onReject: "retry" | "dead_letter"): string {
  const transport = { name: "postgres_output", config: { uri: database.url, table: "v" } };
  const output = [{ name: "out", on_reject: onReject, transport }];
  return `CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, a VARCHAR);
    CREATE VIEW v WITH ('connectors' = '${JSON.stringify(output)}') AS SELECT * FROM t;`;
}

/** Rows of JSON, of which every third one has a text that PostgreSQL can't hold. */
function rows(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const id = from + at;
    return `${JSON.stringify({ id, a: id % 3 === 0 ? "x\u0000" : "fine" })}\n`;
  }).join("");
}

async function push(pipeline: string, body: string, key: string): Promise<string> {
  const url = `${pipeline}/ingress/t?format=json&update_format=raw`;
  const response = await fetch(url, { method: "POST", body, headers: { "Idempotency-Key": key } });
  return textOf({ status: response.status, body: await response.json() }, "token");
}

withPostgres((database) => {
  test("O1: an operator lets rows go that a target refuses, and what was held up completes", async () => {
    await database().query("CREATE TABLE v (id bigint PRIMARY KEY, a text)");
    await using folder = await scratchFolder();
    await using server = await serving(spawnServer(folder.path));
    await startPipeline(server.http, "p", program(database(), "retry"));
    const pipeline = `${server.http}/v0/pipelines/p`;
    const token = await push(pipeline, rows(1, 4), "one");
    const status = `${pipeline}/completion_status?token=${token}`;
    const stuck = await send(status, { wait: 2 });
    expect(stuck).toMatchObject({
      status: 202,
      body: { reason: expect.stringContaining("id 3, column a: PostgreSQL refuses the value") },
    });
    expect(await database().query("SELECT FROM v")).toEqual([]);

    await send(`${pipeline}/stop?force=true`, { method: "POST" });
    await until(pipeline, "deployment_status", "Stopped");
    const edited = { program_code: program(database(), "dead_letter") };
    expect((await send(pipeline, { method: "PATCH", body: edited })).status).toBe(200);
    await until(pipeline, "program_status", "Success");
    await send(`${pipeline}/start`, { method: "POST" });
    await until(pipeline, "deployment_status", "Running");
    expect(await send(status, { wait: 30 })).toMatchObject({
      status: 200,
      body: { status: "complete", dead_letters: 1 },
    });
    expect(await database().query("SELECT id::int FROM v ORDER BY id")).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 4 },
    ]);
  });

  test("O1: through kills every refused row is recorded once, and every other arrives once", async () => {
    await database().query("DROP TABLE IF EXISTS v");
    await database().query("CREATE TABLE v (id bigint PRIMARY KEY, a text)");
    await using folder = await scratchFolder();
    const pushes = 4;
    for (let round = 0; round < pushes; round += 1) {
      await using server = await serving(spawnServer(folder.path));
      const pipeline = `${server.http}/v0/pipelines/p`;
      if (round === 0) await startPipeline(server.http, "p", program(database(), "dead_letter"));
      else await until(pipeline, "deployment_status", "Running");
      const pushing = push(pipeline, rows(100 * round, 100), `${round}`).catch(() => undefined);
      // The kill comes at another moment of the push each time.
      await until(pipeline, "deployment_status", "Running");
      for (let asked = 0; asked < round; asked += 1) await send(`${pipeline}/stats`);
      await server.end("SIGKILL");
      await pushing;
    }
    await using server = await serving(spawnServer(folder.path));
    const pipeline = `${server.http}/v0/pipelines/p`;
    await until(pipeline, "deployment_status", "Running");
    for (let round = 0; round < pushes; round += 1) {
      const token = await push(pipeline, rows(100 * round, 100), `${round}`);
      const answer = await send(`${pipeline}/completion_status?token=${token}`, { wait: 60 });
      expect(answer).toMatchObject({ status: 200, body: { status: "complete" } });
    }
    const ids = Array.from({ length: pushes * 100 }, (_, id) => id);
    const bad = ids.filter((id) => id % 3 === 0).length;
    const [held] = await database().query("SELECT count(*)::int AS n FROM v");
    expect(held).toEqual({ n: pushes * 100 - bad });
    expect(
      await query(
        server.http,
        "p",
        "SELECT COUNT(*) AS n, COUNT(DISTINCT record) AS d FROM tidemark_rejected",
      ),
    ).toEqual([{ n: bad, d: bad }]);
  });
});
