/** Reading a Kafka topic until it is durable, against the same client's consumer that does nothing with it. */

import { Consumer, MessagesStreamModes, Producer } from "@platformatic/kafka";
import { findKafkaAnywhere } from "@tidemark/systems";

import { COLUMNS, flights } from "./flights.ts";
import { startMeasured } from "./measured-server.ts";
import { create, start, untilRunning } from "./pipelines.ts";
import { count, type Row, sideBySide } from "./row.ts";
import { answered } from "./tidemark.ts";

const ROWS = 300_000;
const PARTITIONS = 3;
const SENT_AT_ONCE = 5000;
const ROUNDS = 3;
const TOPIC = "flights";

/** Records a second; nothing where no Kafka is installed. */
export async function measureKafka(): Promise<readonly Row[]> {
  const found = findKafkaAnywhere();
  if (found.kind === "missing") {
    console.error(`left out: ${found.why}`);
    return [];
  }
  await using kafka = await found.value();
  const { bootstrap, operator } = kafka;
  const topic = await operator.createTopic({ partitions: PARTITIONS });
  await fill(bootstrap, topic);
  await using server = await startMeasured("serve-tidemark.ts");
  const port = server.ports["http"] ?? 0;
  let pipelines = 0;
  const read = (): Promise<number> =>
    readRate(port, { name: `kafka${(pipelines += 1)}`, bootstrap, topic });
  const consumed = (): Promise<number> => consumeRate(bootstrap, topic);
  await read();
  await consumed();
  const both = await sideBySide(ROUNDS, read, consumed);
  return [
    {
      name: "read a Kafka topic until complete",
      ours: `${count(both.ours)} records/s`,
      reference: `${count(both.reference)} records/s (bare consumer)`,
      ratio: both.ours / both.reference,
      aim: "at least 0.7",
    },
  ];
}

async function fill(bootstrap: string, topic: string): Promise<void> {
  const producer = new Producer({ clientId: "bench", bootstrapBrokers: bootstrap.split(",") });
  const rows = flights(ROWS);
  for (let from = 0; from < ROWS; from += SENT_AT_ONCE) {
    const messages = rows.slice(from, from + SENT_AT_ONCE).map((row) => ({
      topic,
      partition: (from / SENT_AT_ONCE) % PARTITIONS,
      value: Buffer.from(JSON.stringify(row)),
    }));
    await producer.send({ messages });
  }
  await producer.close();
}

/** From a paused connector's start until a token for the topic's head is complete. */
async function readRate(
  port: number,
  { name, bootstrap, topic }: Readonly<Record<"name" | "bootstrap" | "topic", string>>,
): Promise<number> {
  const config = { topic, "bootstrap.servers": bootstrap, start_from: "earliest" };
  const connectors = [
    {
      name: "k",
      paused: true,
      transport: { name: "kafka_input", config },
      format: { name: "json", config: { update_format: "raw" } },
    },
  ];
  const columns = COLUMNS.replaceAll("INTEGER", "INT");
  const program = `CREATE TABLE ${TOPIC} (${columns}) WITH ('materialized' = 'true', 'connectors' = '${JSON.stringify(connectors)}')`;
  const base = `http://127.0.0.1:${port}/v0/pipelines`;
  await create(port, name, program);
  await start(port, name);
  await untilRunning(port, 1 + Number(name.slice("kafka".length)));
  const connector = `${base}/${name}/tables/${TOPIC}/connectors/k`;
  const issued = await answered(fetch(`${connector}/completion_token?basis=head`));
  const token = /"token":"([^"]+)"/.exec(issued)?.[1] ?? "";
  const began = performance.now();
  await answered(fetch(`${connector}/start`, { method: "POST" }));
  const status = `${base}/${name}/completion_status?token=${token}`;
  const answer = await answered(fetch(status, { headers: { Prefer: "wait=120" } }));
  if (!answer.includes('"status":"complete"')) throw new Error(answer);
  return ROWS / ((performance.now() - began) / 1000);
}

/** From the first record to the last: joining its group is not counted. */
async function consumeRate(bootstrap: string, topic: string): Promise<number> {
  const consumer = new Consumer({
    clientId: "bench",
    groupId: `bench-${performance.now()}`,
    bootstrapBrokers: bootstrap.split(","),
  });
  const mode = MessagesStreamModes.EARLIEST;
  const stream = await consumer.consume({ topics: [topic], mode, autocommit: false });
  let records = 0;
  let began = 0;
  for await (const { value } of stream) {
    if (records === 0) began = performance.now();
    if (value.length > 0) records += 1;
    if (records === ROWS) break;
  }
  const seconds = (performance.now() - began) / 1000;
  await stream.close();
  await consumer.close(true);
  return ROWS / seconds;
}
