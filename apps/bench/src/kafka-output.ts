/** How fast a view's changes are written to Kafka, against a bare producer of the same library. */

import { randomUUID } from "node:crypto";

import {
  type Encoder,
  type OutputColumn,
  type Sink,
  SYSTEM_CLOCK,
  type ViewChange,
} from "@tidemark/connector";
import { kafkaOutput } from "@tidemark/connector-kafka";
import { outputFormats } from "@tidemark/format";
import { Admin, type MessageToProduce, Producer } from "@platformatic/kafka";

import { count, type Row, sideBySide } from "./row.ts";

const ROWS = 200_000;
const CHUNK = 1000;
const ROUNDS = 5;
const BATCH_BYTES = 1_000_000;
const BATCH_MESSAGES = 1000;

const COLUMNS: readonly OutputColumn[] = [
  {
    id: { name: "id", quoted: false },
    type: { kind: "integer", bits: 64, unsigned: false },
    nullable: false,
  },
  { id: { name: "origin", quoted: false }, type: { kind: "text", fixed: false }, nullable: false },
];

/** Measures with many rows to a message, as is the default, and with one. */
export async function measureKafkaOutput(): Promise<readonly Row[]> {
  const bootstrap = process.env["TIDEMARK_KAFKA"];
  if (bootstrap === undefined) {
    console.error("skipped: TIDEMARK_KAFKA has to name a running cluster, as host:port");
    return [];
  }
  const rows: Row[] = [];
  for (const perMessage of [10_000, 1]) {
    const topic = await createTopic(bootstrap);
    await using sink = await openSink(bootstrap, topic, perMessage);
    const producer = openProducer(bootstrap, topic);
    let step = 0n;
    const { ours, reference } = await sideBySide(
      ROUNDS,
      () => rate(async () => void (await sink.take((step += 1n), changes()))),
      () => rate(() => writeBare(producer, topic, perMessage)),
    );
    await producer.close();
    rows.push({
      name: `write ${count(ROWS)} rows to Kafka, ${count(perMessage)} to a message`,
      ours: `${count(ours)} rows/s`,
      reference: `${count(reference)} rows/s (bare transactional producer)`,
      ratio: ours / reference,
      aim: "at least 0.7",
    });
  }
  return rows;
}

async function rate(write: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await write();
  return (1000 * ROWS) / (performance.now() - began);
}

async function createTopic(bootstrap: string): Promise<string> {
  const admin = new Admin({
    clientId: "bench",
    bootstrapBrokers: bootstrap.split(","),
    retries: 20,
  });
  const topic = `bench-${randomUUID()}`;
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: -1 });
  await admin.close();
  return topic;
}

function openSink(bootstrap: string, topic: string, perMessage: number): Promise<Sink> {
  const config = { buffer_size_records: perMessage };
  return kafkaOutput(SYSTEM_CLOCK).open({
    view: "v",
    columns: COLUMNS,
    connector: {
      name: "k",
      transport: { name: "kafka_output", config: { topic, "bootstrap.servers": bootstrap } },
      format: { name: "json", config },
      paused: false,
      labels: [],
      startAfter: [],
      maxQueuedRecords: ROWS,
      maxQueuedBytes: BATCH_BYTES,
      sendSnapshot: false,
      declared: {},
    },
    endpoint: "v.k",
    encoder: jsonEncoder,
    cell: { read: () => Promise.resolve(undefined), write: () => Promise.resolve() },
    life: randomUUID(),
    step: 0n,
  });
}

function openProducer(bootstrap: string, topic: string): Producer {
  return new Producer({
    clientId: "bench",
    bootstrapBrokers: bootstrap.split(","),
    transactionalId: `bare-${topic}`,
    idempotent: true,
    producerId: -1n,
    producerEpoch: -1,
    retries: 20,
    retryDelay: 5,
  });
}

async function* changes(): AsyncGenerator<readonly ViewChange[]> {
  for (let start = 0; start < ROWS; start += CHUNK) {
    yield await Promise.resolve(
      Array.from({ length: CHUNK }, (_, index) => ({
        weight: 1 as const,
        row: [BigInt(start + index), originOf(start + index)],
      })),
    );
  }
}

/** The same values in batches of the same size, from the same encoder. */
async function writeBare(producer: Producer, topic: string, perMessage: number): Promise<void> {
  const transaction = await producer.beginTransaction();
  const encoder = jsonEncoder();
  let messages: MessageToProduce[] = [];
  let waiting: ViewChange[] = [];
  let bytes = 0;
  const send = async (): Promise<void> => {
    if (messages.length > 0) await transaction.send({ messages });
    messages = [];
    bytes = 0;
  };
  const add = (some: readonly ViewChange[]): void => {
    const value = Buffer.from(encoder.encode(some));
    messages.push({ topic, partition: 0, value });
    bytes += value.length;
  };
  for await (const chunk of changes()) {
    waiting.push(...chunk);
    while (waiting.length >= perMessage) {
      add(waiting.slice(0, perMessage));
      waiting = waiting.slice(perMessage);
      if (bytes >= BATCH_BYTES / 2 || messages.length >= BATCH_MESSAGES) await send();
    }
  }
  if (waiting.length > 0) add(waiting);
  await send();
  await transaction.commit();
}

function jsonEncoder(): Encoder {
  const json = outputFormats.get("json");
  if (json === undefined) throw new TypeError("there is a JSON format");
  return json.encoder({ columns: COLUMNS, config: {} });
}

function originOf(id: number): string {
  return `A${String((id * 17) % 300).padStart(3, "0")}`;
}
