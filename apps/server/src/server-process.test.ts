import { createServer } from "node:net";
import { once } from "node:events";

import { expect, test } from "vitest";

import { query, send, startPipeline, textOf, until } from "./testing/rest-client.ts";
import { scratchFolder } from "./testing/scratch-folder.ts";
import { runToEnd, serving, spawnServer } from "./testing/server-process.ts";

const PROGRAM = "CREATE TABLE t (n BIGINT NOT NULL) WITH ('materialized' = 'true');";

test("a server that is told to stop commits what it has taken in, settles waits and exits with 0", async () => {
  await using folder = await scratchFolder();
  let token = "";
  {
    await using server = await serving(spawnServer(folder.path));
    await startPipeline(server.http, "p", PROGRAM);
    const rows = Array.from({ length: 20_000 }, (_, n) => `{"n":${n}}\n`).join("");
    const ingress = `${server.http}/v0/pipelines/p/ingress/t?format=json&update_format=raw`;
    token = textOf(await send(ingress, { method: "POST", body: rows }), "token");
    expect(await server.end("SIGTERM")).toBe(0);
  }
  await using server = await serving(spawnServer(folder.path));
  await until(`${server.http}/v0/pipelines/p`, "deployment_status", "Running");
  const status = `${server.http}/v0/pipelines/p/completion_status?token=${token}`;
  expect((await send(status, { wait: 30 })).body).toMatchObject({ status: "complete" });
  expect(await query(server.http, "p", "SELECT count(*) AS n FROM t")).toEqual([{ n: 20_000 }]);
});

test("a wait that is under way when the server stops is answered, not cut off", async () => {
  await using folder = await scratchFolder();
  await using server = await serving(spawnServer(folder.path));
  await startPipeline(server.http, "p", PROGRAM);
  const pipeline = `${server.http}/v0/pipelines/p`;
  await send(`${pipeline}/pause`, { method: "POST" });
  const ingress = `${pipeline}/ingress/t?format=json&update_format=raw&force=true`;
  const token = textOf(await send(ingress, { method: "POST", body: '{"n":1}' }), "token");
  const waiting = send(`${pipeline}/completion_status?token=${token}`, { wait: 60 });
  const code = server.end("SIGINT");
  const { status } = await waiting;
  expect([200, 202, 503]).toContain(status);
  expect(await code).toBe(0);
});

test("a second server on the same data folder is refused and told who has it", async () => {
  await using folder = await scratchFolder();
  const first = spawnServer(folder.path);
  await using server = await serving(first);
  expect(server.grpc).toContain("127.0.0.1:");
  const { code, stderr } = await runToEnd(spawnServer(folder.path));
  expect(code).toBe(2);
  expect(stderr).toContain(`is in use by process ${first.pid}`);
});

test("a data folder is free again after its server was killed", async () => {
  await using folder = await scratchFolder();
  const first = await serving(spawnServer(folder.path));
  expect(await first.end("SIGKILL")).toBe("SIGKILL");
  await using second = await serving(spawnServer(folder.path));
  expect(second.http).toContain("http://127.0.0.1:");
});

test.each([["http"], ["grpc"]])(
  "a %s port that is taken is named, with what to do",
  async (face) => {
    await using folder = await scratchFolder();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const bound = other.address();
    const port = typeof bound === "object" ? bound?.port : undefined;
    const { code, stderr } = await runToEnd(
      spawnServer(folder.path, [`--${face}`, `127.0.0.1:${port}`]),
    );
    other.close();
    expect(code).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${port}: port ${port} is taken by another program`);
    expect(stderr).toContain(`--${face}`);
    expect(stderr).not.toContain("    at ");
  },
);

test("a wrong setting is one clear line, not a stack", async () => {
  await using folder = await scratchFolder();
  const { code, stderr } = await runToEnd(spawnServer(folder.path, ["--max-waiters", "many"]));
  expect(code).toBe(2);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("--max-waiters");
});

test("a data folder that can't be made is one clear line", async () => {
  const { code, stderr } = await runToEnd(spawnServer("/dev/null/data"));
  expect(code).toBe(2);
  expect(stderr).toContain("data folder '/dev/null/data' can't be used");
});
