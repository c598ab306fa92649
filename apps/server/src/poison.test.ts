import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { inProcessServer } from "./testing/in-process-server.ts";
import { type Answer, query, send, startPipeline, textOf, until } from "./testing/rest-client.ts";

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
        error_code: "RuntimeError.WorkerPanic",
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

test("a row of a file that a view with an output can't compute holds up its connector only, once that is paused, until the file is mended", async () => {
  await using server = await inProcessServer();
  const input = join(server.folder, "input.json");
  await writeFile(input, '{"s": "1"}\n{"s": "two"}\n{"s": "3"}\n');
  const reading = JSON.stringify([
    {
      name: "file",
      transport: { name: "file_input", config: { path: input, follow: true } },
      format: { name: "json", config: { update_format: "raw" } },
    },
  ]);
  const output = JSON.stringify([{ name: "out", transport: { name: "null_output" } }]);
  await send(`${server.http}/v0/pipelines`, {
    method: "POST",
    body: {
      name: "p",
      program_code: `CREATE TABLE t (s VARCHAR) WITH ('materialized' = 'true', 'connectors' = '${reading}');
        CREATE VIEW numbers WITH ('connectors' = '${output}') AS SELECT CAST(s AS INT) AS n FROM t;`,
    },
  });
  const pipeline = `${server.http}/v0/pipelines/p`;
  const post = async (path: string, body?: string): Promise<Answer> =>
    send(`${pipeline}${path}`, { method: "POST", ...(body === undefined ? {} : { body }) });
  await post("/start");
  await untilFailed(pipeline);
  await post("/start?initial=paused");
  await until(pipeline, "deployment_status", "Paused");
  await post("/tables/t/connectors/file/pause");
  await post("/resume");
  const pushed = await post("/ingress/t?format=json&update_format=raw", '{"s": "4"}');
  expect(await complete(pipeline, textOf(pushed, "token"))).toBe("complete");
  expect(await query(server.http, "p", "SELECT s FROM t")).toEqual([{ s: "4" }]);
  await writeFile(input, '{"s": "1"}\n{"s": "2"}\n{"s": "3"}\n');
  await post("/tables/t/connectors/file/start");
  const head = await send(`${pipeline}/tables/t/connectors/file/completion_token?basis=head`);
  expect(await complete(pipeline, textOf(head, "token"))).toBe("complete");
  expect(await query(server.http, "p", "SELECT s FROM t ORDER BY s")).toEqual(
    ["1", "2", "3", "4"].map((text) => ({ s: text })),
  );
});

async function complete(pipeline: string, token: string): Promise<string> {
  return textOf(await send(`${pipeline}/completion_status?token=${token}`, { wait: 60 }), "status");
}

async function untilFailed(pipeline: string): Promise<void> {
  for (;;) {
    const text = JSON.stringify((await send(pipeline)).body);
    if (text.includes("RuntimeError.WorkerPanic") && text.includes('"deployment_status":"Stopped"'))
      return;
  }
}

async function untilStopped(pipeline: string): Promise<void> {
  for (;;) {
    const { body } = await send(pipeline);
    if (JSON.stringify(body).includes('"deployment_status":"Stopped"')) return;
  }
}
