/** A pipeline that reads a real Kafka, over the wire, and through deaths of the server. */

import { join } from "node:path";

import { withKafka } from "@tidemark/systems";
import { expect, test } from "vitest";

import { inProcessServer } from "./testing/in-process-server.ts";
import { query, send, startPipeline, textOf, until } from "./testing/rest-client.ts";
import { scratchFolder } from "./testing/scratch-folder.ts";
import { type ServerProcess, serving, spawnServer } from "./testing/server-process.ts";

const NAME = "shop";
const KILLS = 2;
const ROUND = 500;

function programOf(config: Readonly<Record<string, string>>): string {
  const connectors = [
    {
      name: "k",
      transport: { name: "kafka_input", config },
      format: { name: "json", config: { update_format: "raw" } },
    },
  ];
  return `CREATE TABLE orders (id BIGINT NOT NULL, amount DECIMAL(12, 2))
    WITH ('materialized' = 'true', 'connectors' = '${JSON.stringify(connectors)}');
    CREATE MATERIALIZED VIEW total AS
      SELECT count(*) AS orders, count(DISTINCT id) AS ids, sum(id) AS sum FROM orders;`;
}

async function resumed(dataDir: string): Promise<ServerProcess> {
  const server = await serving(spawnServer(dataDir));
  await until(`${server.http}/v0/pipelines/${NAME}`, "deployment_status", "Running");
  return server;
}

withKafka((kafka) => {
  test(
    "every record is in the view once, whenever the server dies, and each token says when",
    { timeout: 120_000 },
    async () => {
      await using folder = await scratchFolder();
      const dataDir = join(folder.path, "data");
      const { bootstrap, operator } = kafka();
      const topic = await operator.createTopic({ partitions: 3 });
      let next = 0;
      /** Writes orders, half of them in a transaction after one that is aborted, and answers a receipt. */
      const write = async (): Promise<string> => {
        const values = Array.from({ length: ROUND }, () => JSON.stringify({ id: (next += 1) }));
        const records = values.map((value, i) => ({ value, partition: i % 3 }));
        const aborted = await operator.beginTransaction();
        await aborted.send(topic, [{ value: '{"id":0}', partition: 2 }]);
        await aborted.abort();
        const committed = await operator.beginTransaction();
        await committed.send(topic, records.slice(0, ROUND / 2));
        await committed.commit();
        const offsets = await operator.produce(topic, records.slice(ROUND / 2));
        return `${topic}-${records.at(-1)?.partition}-${offsets.at(-1)}`;
      };
      const totalOf = async (server: ServerProcess): Promise<unknown> =>
        (await query(server.http, NAME, "SELECT * FROM total"))[0];
      const written = (): unknown => ({ orders: next, ids: next, sum: (next * (next + 1)) / 2 });

      await write();
      let server = await serving(spawnServer(dataDir));
      await using stack = new AsyncDisposableStack();
      stack.defer(() => server[Symbol.asyncDispose]());
      const config = { topic, "bootstrap.servers": bootstrap, start_from: "earliest" };
      await startPipeline(server.http, NAME, programOf(config));
      const at = (): string => `${server.http}/v0/pipelines/${NAME}`;
      const issue = async (how: string): Promise<string> =>
        textOf(await send(`${at()}/tables/orders/connectors/k/completion_token?${how}`), "token");
      const status = async (token: string, wait = 60): Promise<unknown> =>
        (await send(`${at()}/completion_status?token=${token}`, { wait })).body;

      const tokens: string[] = [];
      for (let kills = 0; kills < KILLS; kills += 1) {
        const receipt = await write();
        tokens.push(await issue("basis=head"), await issue(`receipt=${receipt}`));
        expect(await server.end("SIGKILL")).toBe("SIGKILL");
        server = await resumed(dataDir);
      }
      for (const token of tokens) expect(await status(token)).toMatchObject({ status: "complete" });
      expect(await totalOf(server)).toEqual(written());

      await write();
      expect(await status(await issue("basis=head"))).toMatchObject({ status: "complete" });
      expect(await totalOf(server)).toEqual(written());
      expect(await status(await issue("basis=received"))).toMatchObject({ status: "complete" });
      const beyond = `${at()}/tables/orders/connectors/k/completion_token?receipt=${topic}-0-99999`;
      expect(await send(beyond)).toMatchObject({
        status: 409,
        body: { error_code: "ReceiptRefused" },
      });

      const open = await operator.beginTransaction();
      await open.send(topic, [{ value: `{"id":${(next += 1)}}` }]);
      const held = await issue("basis=head");
      let said = await status(held, 1);
      // It is said once the reader has come up against it.
      while (!JSON.stringify(said).includes("transaction-open")) said = await status(held, 1);
      expect(said).toMatchObject({ status: "inprogress", reasons: [{ code: "transaction-open" }] });
      await open.commit();
      expect(await status(held)).toMatchObject({ status: "complete" });
      expect(await totalOf(server)).toEqual(written());
    },
  );

  test("what can't be honoured is said of the program, and what can't be reached of the start", async () => {
    await using server = await inProcessServer();
    const { bootstrap } = kafka();
    const missing = programOf({ topic: "no-such-topic", "bootstrap.servers": bootstrap });
    await expect(startPipeline(server.http, "missing", missing)).rejects.toThrow(
      "names a topic that the cluster does not have",
    );
    const misspelt = { topic: "t", "bootstrap.servers": bootstrap, "fetch.max.byte": "1" };
    const program_code = programOf(misspelt);
    const pipelines = `${server.http}/v0/pipelines`;
    await send(pipelines, { method: "POST", body: { name: "misspelt", program_code } });
    await until(`${pipelines}/misspelt`, "program_status", "SqlError");
  });
});
