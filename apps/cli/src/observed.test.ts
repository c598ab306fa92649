/** A pipeline of another engine whose Kafka goes away, over REST, gRPC and on the command line. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createTidemarkClient, type TidemarkClient } from "@tidemark/client";
import { loadConfig, type RunningServer, startServer } from "@tidemark/server";
import { type KafkaCluster, withKafkaCluster } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";

import { EXIT } from "./exit.ts";

const MAIN = join(import.meta.dirname, "main.ts");
const AGE = /the last reading succeeded \d+\.\d s ago/u;

let folder = "";
let server: RunningServer;
let client: TidemarkClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-cli-"));
  const dataDir = join(folder, "data");
  const flags = { http: "127.0.0.1:0", grpc: "127.0.0.1:0", dataDir, logLevel: "error" };
  server = await startServer(loadConfig({ flags, environment: {} }));
  client = createTidemarkClient({ baseUrl: `http://127.0.0.1:${server.ports.http}` });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `tidemark`; answers its exit code and what it printed. */
async function tidemark(...args: readonly string[]): Promise<readonly [unknown, string]> {
  const child = spawn(process.execPath, ["--conditions=@tidemark/source", MAIN, ...args], {
    env: {
      ...process.env,
      TIDEMARK_SERVER: `127.0.0.1:${server.ports.http}`,
      TIDEMARK_SERVER_GRPC: `127.0.0.1:${server.ports.grpc}`,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const [code] = await once(child, "close");
  return [code, printed];
}

/** A token for one write that a group has yet to take. */
async function tokenOf({ operator, proxiedBootstrap }: KafkaCluster): Promise<{
  readonly token: string;
  readonly topic: string;
}> {
  const topic = await operator.createTopic();
  const config = { topic, "bootstrap.servers": proxiedBootstrap, "group.id": `g-${topic}` };
  const connectors = [{ name: "k", transport: { name: "kafka_input", config } }];
  await client.pipelines.create({
    name: topic,
    programCode: `CREATE TABLE t (id BIGINT) WITH ('connectors' = '${JSON.stringify(connectors)}')`,
    runtimeConfig: { engine: "external" },
  });
  await client.pipelines.start(topic);
  for await (const { deploymentStatus } of client.pipelines.watch(topic)) {
    if (deploymentStatus === "Running") break;
  }
  const [offset] = await operator.produce(topic, [{ value: "1" }]);
  const address = { pipeline: topic, table: "t", connector: "k" };
  const token = await client.tokens.issue(address, { receipt: `${topic}-0-${offset}` });
  return { token, topic };
}

withKafkaCluster({}, (cluster) => {
  test("a source that is away is unknown with the age of the last reading everywhere, and waits outlast it", async () => {
    const { token, topic } = await tokenOf(cluster());
    const { proxy } = cluster().broker(1);
    const waiting = client.tokens.wait(topic, token);
    expect(await client.tokens.check(topic, token)).toMatchObject({ remaining: 1n });
    await proxy.refuse();
    const status = `http://127.0.0.1:${server.ports.http}/v0/pipelines/${topic}/completion_status`;
    const answer = await fetch(`${status}?token=${token}`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).not.toBeNull();
    expect(await answer.json()).toMatchObject({
      error_code: "PipelineInteractionUnreachable",
      message: expect.stringMatching(AGE),
    });
    await expect(client.tokens.check(topic, token)).rejects.toMatchObject({
      code: "Unavailable",
      message: expect.stringMatching(AGE),
    });
    const [code, printed] = await tidemark("wait", topic, token, "--timeout", "1");
    expect(code).toBe(EXIT.inProgress);
    expect(printed).toMatch(AGE);
    await proxy.heal();
    await cluster().operator.commitGroup(`g-${topic}`, topic, new Map([[0, 1n]]));
    expect(await waiting).toMatchObject({ complete: true });
  });
});
