/** A server that does not answer, on the command line. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadConfig, startServer } from "@tidemark/server";
import { afterAll, beforeAll, expect, test } from "vitest";

import { EXIT } from "./exit.ts";

const MAIN = join(import.meta.dirname, "main.ts");

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An address that was free just now. */
async function freeAddress(): Promise<string> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("no port");
  server.close();
  await once(server, "close");
  return `127.0.0.1:${bound.port}`;
}

interface Running {
  /** Resolves once it has written something that matches to stderr. */
  readonly warned: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<{ code: unknown; stdout: string; stderr: string }>;
}

function tidemark(at: { http: string; grpc: string }, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, ["--conditions=@tidemark/source", MAIN, ...args], {
    env: { ...process.env, TIDEMARK_SERVER: at.http, TIDEMARK_SERVER_GRPC: at.grpc },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return {
    warned: async (pattern) => {
      while (!pattern.test(stderr)) await once(child.stderr, "data");
    },
    ended: once(child, "close").then(([code]: readonly unknown[]) => ({ code, stdout, stderr })),
  };
}

function serve(at: { http: string; grpc: string }): ReturnType<typeof startServer> {
  const flags = { ...at, dataDir: join(folder, "data"), logLevel: "error" };
  return startServer(loadConfig({ flags, environment: {} }));
}

const COMMANDS = [
  ["wait", "p", "ct1_x"],
  ["wait", "p", "ct1_x", "--timeout", "60"],
  ["wait", "p", "ct1_x", "--timeout", "0"],
  ["status", "p", "ct1_x"],
  ["status", "p", "ct1_x", "ct1_y"],
  ["token", "p", "t", "c"],
  ["query", "p", "SELECT 1", "--after", "ct1_x"],
];

test.each(COMMANDS.map((args) => ({ args })))(
  "`$args` of a server that never answered fails at once and names it",
  async ({ args }) => {
    const at = { http: await freeAddress(), grpc: await freeAddress() };
    const { code, stdout, stderr } = await tidemark(at, ...args).ended;
    expect({ code, stdout }).toEqual({ code: EXIT.failed, stdout: "" });
    expect(stderr).toContain(`no server answers at ${at.http}`);
    expect(stderr).toContain("--server");
  },
);

test("a push names the address that pushes go to", async () => {
  const at = { http: await freeAddress(), grpc: await freeAddress() };
  const file = join(folder, "rows.json");
  await writeFile(file, '{"n":1}\n');
  const { code, stderr } = await tidemark(at, "ingest", "p", "t", file, "--wait").ended;
  expect(code).toBe(EXIT.failed);
  expect(stderr).toContain(`no server answers at ${at.grpc}`);
  expect(stderr).toContain("--grpc");
});

test("a wait with --retry says that the server does not answer, goes on, and outlasts a restart", async () => {
  const at = { http: await freeAddress(), grpc: await freeAddress() };
  const program = join(folder, "t.sql");
  const rows = join(folder, "rows.json");
  await writeFile(program, "CREATE TABLE t (n INT);");
  await writeFile(rows, '{"n":1}\n');
  const first = await serve(at);
  await tidemark(at, "pipelines", "create", "p", program, "--start").ended;
  const pushed = await tidemark(at, "ingest", "p", "t", rows, "--durable", "--json").ended;
  const { token }: { token: string } = JSON.parse(pushed.stdout);
  await first[Symbol.asyncDispose]();

  const waiting = tidemark(at, "wait", "p", token, "--retry", "--timeout", "60");
  await waiting.warned(/ECONNREFUSED.*trying again/u);
  await using second = await serve(at);
  expect(`127.0.0.1:${second.ports.http}`).toBe(at.http);
  const { code, stderr } = await waiting.ended;
  expect(code).toBe(EXIT.done);
  expect(stderr.match(/ECONNREFUSED/gu)).toHaveLength(1);
});
