import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { inProcessServer } from "./testing/in-process-server.ts";
import { query, send, startPipeline, textOf, until } from "./testing/rest-client.ts";

test("a row that a view with an output can't compute stops the pipeline by the view's name, loses nothing that was complete, and the next start goes on", async () => {
  await using server = await inProcessServer();
  const file = join(server.folder, "numbers.json");
  const output = JSON.stringify([
    {
      name: "file",
      transport: { name: "file_output", config: { path: file } },
      format: { name: "json" },
    },
  ]);
  const program = `CREATE TABLE t (s VARCHAR) WITH ('materialized' = 'true');
    CREATE VIEW numbers WITH ('connectors' = '${output}') AS SELECT CAST(s AS INT) AS n FROM t;`;
  await startPipeline(server.http, "p", program);
  const pipeline = `${server.http}/v0/pipelines/p`;
  const push = async (text: string): Promise<string> => {
    const path = `${pipeline}/ingress/t?format=json&update_format=raw`;
    return textOf(await send(path, { method: "POST", body: JSON.stringify({ s: text }) }), "token");
  };
  const status = (token: string) =>
    send(`${pipeline}/completion_status?token=${token}`, { wait: 60 });
  const good = await push("7");
  expect(await status(good)).toMatchObject({ status: 200, body: { status: "complete" } });
  const poisoned = await push("seven");
  expect((await status(poisoned)).status).not.toBe(200);
  await untilStopped(pipeline);
  expect(await send(pipeline)).toMatchObject({
    body: {
      deployment_error: {
        error_code: "PipelineFailed",
        message: expect.stringMatching(/view numbers has outputs and can't be computed.*'seven'/u),
      },
    },
  });
  await send(`${pipeline}/start`, { method: "POST" });
  await until(pipeline, "deployment_status", "Running");
  expect(await status(good)).toMatchObject({ status: 200, body: { status: "complete" } });
  expect(await status(poisoned)).toMatchObject({ status: 410 });
  const later = await push("8");
  expect(await status(later)).toMatchObject({ status: 200, body: { status: "complete" } });
  expect(await query(server.http, "p", "SELECT s FROM t ORDER BY s")).toEqual([
    { s: "7" },
    { s: "8" },
  ]);
  expect(await readFile(file, "utf8")).toBe('{"insert":{"n":7}}\n{"insert":{"n":8}}\n');
});

async function untilStopped(pipeline: string): Promise<void> {
  for (;;) {
    const { body } = await send(pipeline);
    if (JSON.stringify(body).includes('"deployment_status":"Stopped"')) return;
  }
}
