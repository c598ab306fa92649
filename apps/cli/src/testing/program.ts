/** A server and the program that talks to it, as a shell runs it. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createTidemarkClient, type TidemarkClient } from "@tidemark/client";
import { loadConfig, startServer } from "@tidemark/server";

const MAIN = join(import.meta.dirname, "..", "main.ts");

/** What the program ended with. */
export interface Ran {
  readonly code: unknown;
  readonly signal: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program while it runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves once it has written something that matches. */
  readonly said: (stream: "stdout" | "stderr", pattern: RegExp) => Promise<void>;
  readonly ended: Promise<Ran>;
}

/** A server with a folder of its own. */
export interface Harness extends AsyncDisposable {
  readonly client: TidemarkClient;
  /** Starts the program; its standard input stays open. */
  start(...args: readonly string[]): Running;
  /** Runs the program with an empty standard input. */
  run(...args: readonly string[]): Promise<Ran>;
  /** Writes a file; answers its path. */
  file(name: string, content: string | Uint8Array): Promise<string>;
  /** Makes a pipe with a name; answers its path. */
  pipe(name: string): Promise<string>;
  /** Creates a pipeline and starts it. */
  pipeline(name: string, program: string): Promise<void>;
}

/** Starts a server. */
export async function openHarness(): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-cli-"));
  const dataDir = join(folder, "data");
  const flags = { http: "127.0.0.1:0", grpc: "127.0.0.1:0", dataDir, logLevel: "error" };
  const server = await startServer(loadConfig({ flags, environment: {} }));
  const baseUrl = `http://127.0.0.1:${server.ports.http}`;
  const grpcUrl = `http://127.0.0.1:${server.ports.grpc}`;
  const client = createTidemarkClient({ baseUrl, grpcUrl });
  const env = { ...process.env, TIDEMARK_SERVER: baseUrl, TIDEMARK_SERVER_GRPC: grpcUrl };
  const start = (...args: readonly string[]): Running =>
    running(spawn(process.execPath, ["--conditions=@tidemark/source", MAIN, ...args], { env }));
  return {
    client,
    start,
    async run(...args) {
      const { child, ended } = start(...args);
      child.stdin.end();
      return await ended;
    },
    async file(name, content) {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    async pipe(name) {
      const path = join(folder, name);
      await once(spawn("mkfifo", [path]), "close");
      return path;
    },
    pipeline: (name, program) => deploy(client, name, program),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function running(child: ChildProcessWithoutNullStreams): Running {
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  // A program that has ended takes no more input.
  child.stdin.on("error", () => {});
  const ended = once(child, "close").then(([code, signal]: readonly unknown[]) => ({
    code,
    signal,
    ...said,
  }));
  return {
    child,
    ended,
    async said(stream, pattern) {
      while (!pattern.test(said[stream])) {
        await Promise.race([once(child[stream], "data"), ended.then(failed(pattern))]);
      }
    },
  };
}

function failed(pattern: RegExp): (ran: Ran) => never {
  return (ran) => {
    throw new Error(`it ended without ${pattern}: ${JSON.stringify(ran)}`);
  };
}

async function deploy(client: TidemarkClient, name: string, programCode: string): Promise<void> {
  await client.pipelines.create({ name, programCode });
  await client.pipelines.start(name);
  for await (const { deploymentStatus, deploymentError } of client.pipelines.watch(name)) {
    if (deploymentError !== undefined) throw new Error(deploymentError.message);
    if (deploymentStatus === "Running") return;
  }
}
