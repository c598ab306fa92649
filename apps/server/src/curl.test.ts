import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { startPipeline } from "./testing/rest-client.ts";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const run = promisify(execFile);

let server: InProcessServer;
beforeAll(async () => {
  server = await inProcessServer();
  const program = "CREATE TABLE t (n BIGINT NOT NULL) WITH ('materialized' = 'true');";
  await startPipeline(server.http, "p", program);
});
afterAll(() => server[Symbol.asyncDispose]());

/** What curl answers, as JSON; its exit code is an error for a status from 400 on. */
async function curl(path: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run("curl", [
    "-sS",
    "--fail-with-body",
    ...args,
    `${server.http}${path}`,
  ]);
  return JSON.parse(stdout);
}

function connect(method: string, request: object): Promise<unknown> {
  const headers = ["-H", "Content-Type: application/json"];
  return curl(`/tidemark.v1.${method}`, ...headers, "-d", JSON.stringify(request));
}

function tokenIn(answer: unknown): string {
  if (typeof answer === "object" && answer !== null && "token" in answer)
    return String(answer.token);
  throw new Error(`no token in ${JSON.stringify(answer)}`);
}

describe.skipIf(!hasCurl)("curl does the main job", () => {
  test("over REST", async () => {
    const ingress = "/v0/pipelines/p/ingress/t?format=json&update_format=raw";
    const token = tokenIn(await curl(ingress, "-d", '{"n":1}'));
    const status = `/v0/pipelines/p/completion_status?token=${token}`;
    expect(await curl(status, "-H", "Prefer: wait=30")).toMatchObject({ status: "complete" });
    const query = ["-G", "--data-urlencode", "sql=SELECT count(*) AS n FROM t WHERE n = 1"];
    expect(await curl("/v0/pipelines/p/query", ...query, "-d", "format=json")).toEqual({ n: 1 });
  });

  test("over Connect", async () => {
    const header = {
      pipeline: "p",
      table: "t",
      format: "json",
      formatParameters: { update_format: "raw" },
    };
    const data = Buffer.from('{"n":2}').toString("base64");
    const token = tokenIn(await connect("IngestService/IngestOnce", { header, data }));
    const wait = { pipeline: "p", token, timeout: "30s" };
    expect(await connect("CompletionService/WaitToken", wait)).toMatchObject({
      status: { status: "COMPLETION_STATUS_COMPLETE" },
    });
    const check = { pipeline: "p", token };
    expect(await connect("CompletionService/CheckToken", check)).toMatchObject({
      status: { status: "COMPLETION_STATUS_COMPLETE", remaining: "0" },
    });
  });

  test("a body of 8 MB comes in whole", async () => {
    const rows = Array.from({ length: 500_000 }, (_, n) => `{"n":${n + 1000}}\n`).join("");
    const child = run("curl", [
      "-sS",
      "--fail-with-body",
      "-H",
      "Transfer-Encoding: chunked",
      "--data-binary",
      "@-",
      `${server.http}/v0/pipelines/p/ingress/t?format=json&update_format=raw`,
    ]);
    child.child.stdin?.end(rows);
    const token = tokenIn(JSON.parse((await child).stdout));
    const status = `/v0/pipelines/p/completion_status?token=${token}`;
    expect(await curl(status, "-H", "Prefer: wait=60")).toMatchObject({ status: "complete" });
    const query = ["-G", "--data-urlencode", "sql=SELECT count(*) AS n FROM t WHERE n >= 1000"];
    expect(await curl("/v0/pipelines/p/query", ...query, "-d", "format=json")).toEqual({
      n: 500_000,
    });
  });
});
