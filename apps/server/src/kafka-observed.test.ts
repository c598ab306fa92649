/** A pipeline that another engine runs on a real Kafka, over the wire. */

import { withKafka } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { send, startPipeline, textOf } from "./testing/rest-client.ts";

let server: InProcessServer;
beforeAll(async () => {
  server = await inProcessServer();
});
afterAll(() => server[Symbol.asyncDispose]());

withKafka((kafka) => {
  test("what a producer was told is waited for in the commits of a group that is not ours", async () => {
    const { bootstrap, operator } = kafka();
    const topic = await operator.createTopic({ partitions: 2 });
    const group = `engine-of-${topic}`;
    const config = {
      topic,
      "bootstrap.servers": bootstrap,
      "group.id": group,
      level: "processed",
    };
    const connectors = [{ name: "k", transport: { name: "kafka_input", config } }];
    const program = `CREATE TABLE orders (id BIGINT) WITH ('connectors' = '${JSON.stringify(connectors)}')`;
    await startPipeline(server.http, "flink", program, { engine: "external" });
    const pipeline = `${server.http}/v0/pipelines/flink`;
    const issue = `${pipeline}/tables/orders/connectors/k/completion_token`;
    const [offset] = await operator.produce(topic, [{ value: "1", partition: 1 }]);
    const mine = textOf(await send(`${issue}?receipt=${topic}-1-${offset}`), "token");
    const all = textOf(await send(issue), "token");
    const status = (token: string): string => `${pipeline}/completion_status?token=${token}`;
    expect(await send(status(mine))).toMatchObject({
      status: 202,
      body: {
        remaining: 1,
        reasons: [{ code: "consumer-inactive" }, { code: "never-committed" }],
        parts: [{ level: "processed", partitions: { "0/1": 1 } }],
      },
    });
    const waiting = send(status(all), { wait: 30 });
    await operator.commitGroup(group, topic, new Map([[1, 1n]]));
    expect(await waiting).toMatchObject({ status: 200, body: { status: "complete" } });
    expect(await send(status(mine))).toMatchObject({ status: 200 });
    const beyond = await send(`${issue}?receipt=${topic}-1-7`);
    expect(beyond).toMatchObject({ status: 409, body: { error_code: "ReceiptRefused" } });
  });
});
