/** Views that go to a real Kafka, over the wire and through crashes. */

import { readCommitted, withKafkaCluster } from "@tidemark/systems";
import { expect, test } from "vitest";

import { inProcessServer } from "./testing/in-process-server.ts";
import { type Random, randomFrom } from "./testing/random.ts";
import { query, send, startPipeline, textOf, until } from "./testing/rest-client.ts";
import { scratchFolder } from "./testing/scratch-folder.ts";
import { type ServerProcess, serving, spawnServer } from "./testing/server-process.ts";
import { replayed } from "./testing/sink-replay.ts";

const KILLS = 3;
const SEED = Number(process.env["TIDEMARK_CRASH_SEED"] ?? Date.now() % 1_000_000);
const PIPELINE = "p";
const PUSHERS = 3;

function program(config: Readonly<Record<string, string | number>>): string {
  const kafka = {
    name: "k",
    transport: { name: "kafka_output", config },
    format: { name: "json", config: { buffer_size_records: 10 } },
  };
  return `CREATE TABLE t (n BIGINT NOT NULL) WITH ('materialized' = 'true');
    CREATE MATERIALIZED VIEW v WITH ('connectors' = '${JSON.stringify([kafka])}')
      AS SELECT n % 40 AS bucket, count(*) AS amount, max(n) AS most FROM t GROUP BY n % 40;`;
}

withKafkaCluster({}, (cluster) => {
  async function written(topic: string): Promise<readonly string[]> {
    const records = await readCommitted(cluster().bootstrap, topic);
    return replayed(records.map(({ value }) => value).join(""));
  }

  test(
    `after ${KILLS} kills of the server the topic has exactly the view's rows`,
    { timeout: 180_000 },
    async () => {
      // To be given as TIDEMARK_CRASH_SEED to draw the same moments again.
      console.log(`crash seed ${SEED}`);
      const random = randomFrom(SEED);
      await using folder = await scratchFolder();
      const topic = await cluster().operator.createTopic();
      {
        await using server = await serving(spawnServer(folder.path));
        const config = { topic, "bootstrap.servers": cluster().bootstrap };
        await startPipeline(server.http, PIPELINE, program(config));
        await killedAtWork(server, random);
      }
      for (let kills = 1; kills < KILLS; kills += 1) {
        await using server = await resumed(folder.path);
        await killedAtWork(server, random);
      }
      await using server = await resumed(folder.path);
      const token = await push(server.http, 1);
      const status = `${server.http}/v0/pipelines/${PIPELINE}/completion_status?token=${token}`;
      expect((await send(status, { wait: 60 })).body).toMatchObject({ status: "complete" });
      const rows = await query(server.http, PIPELINE, "SELECT * FROM v");
      expect(await written(topic)).toEqual(rows.map((row) => JSON.stringify(row)).toSorted());
      expect(await server.end("SIGTERM")).toBe(0);
    },
  );

  test("while the cluster is away a token waits for the output by name, and completes once it is back", async () => {
    await using server = await inProcessServer();
    const [broker] = cluster().brokers;
    if (broker === undefined) throw new TypeError("there is a broker");
    const topic = await cluster().operator.createTopic();
    const config = { topic, "bootstrap.servers": cluster().proxiedBootstrap };
    await startPipeline(server.http, PIPELINE, program(config));
    await broker.proxy.refuse();
    const token = await push(server.http, 5);
    const status = `${server.http}/v0/pipelines/${PIPELINE}/completion_status?token=${token}`;
    let body = "";
    while (!body.includes("can't be reached")) body = JSON.stringify((await send(status)).body);
    expect(body).toContain("inprogress");
    expect(body).toContain("v.k");
    await broker.proxy.heal();
    expect((await send(status, { wait: 30 })).body).toMatchObject({ status: "complete" });
    expect(await written(topic)).toHaveLength(5);
  }, 30_000);

  test("a topic that is not there keeps the pipeline from starting", async () => {
    await using server = await inProcessServer();
    const config = { topic: "nowhere", "bootstrap.servers": cluster().bootstrap };
    await expect(startPipeline(server.http, PIPELINE, program(config))).rejects.toThrow(
      "names a topic that the cluster does not have",
    );
  });
});

async function resumed(dataDir: string): Promise<ServerProcess> {
  const server = await serving(spawnServer(dataDir));
  await until(`${server.http}/v0/pipelines/${PIPELINE}`, "deployment_status", "Running");
  return server;
}

/** Pushes so many rows, and answers their token. */
async function push(http: string, rows: number): Promise<string> {
  const body = Array.from({ length: rows }, (_, n) => `{"n":${n}}\n`).join("");
  const url = `${http}/v0/pipelines/${PIPELINE}/ingress/t?format=json&update_format=raw`;
  return textOf(await send(url, { method: "POST", body }), "token");
}

/** Kills the server at a push, while others are under way. */
async function killedAtWork(server: ServerProcess, random: Random): Promise<void> {
  const last = random.whole(1, 60);
  let pushes = 0;
  const pusher = async (): Promise<void> => {
    while (pushes < last) {
      pushes += 1;
      await push(server.http, random.whole(1, 200));
    }
  };
  await Promise.race(Array.from({ length: PUSHERS }, pusher));
  expect(await server.end("SIGKILL")).toBe("SIGKILL");
}
