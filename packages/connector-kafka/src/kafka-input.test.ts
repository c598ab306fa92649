/** Records of a real Kafka. */

import { type Batch, type Row } from "@tidemark/connector";
import { sourceSuite, type WrittenTransaction } from "@tidemark/conformance";
import { type KafkaOperator, withKafka } from "@tidemark/systems";
import { expect, test } from "vitest";

import { Following, openSource, tableOf } from "./testing/opening.ts";

const NUMBERS = tableOf("CREATE TABLE t (id BIGINT NOT NULL, name VARCHAR)");
const RAW_JSON = { name: "json", config: { update_format: "raw" } };

const TOLD = {
  include_headers: true,
  include_topic: true,
  include_partition: true,
  include_offset: true,
  include_timestamp: true,
};

/** What is told of the record of each row. */
function valuesOf(batch: Batch | undefined): readonly unknown[] {
  return (batch?.changes.metadata ?? []).map((told) => told?.value);
}

/** Those of one partition are committed or aborted, those of the other aborted or left open. */
async function writeTransactions(
  operator: KafkaOperator,
  topic: string,
): Promise<readonly WrittenTransaction[]> {
  const ends = [
    ["aborted", 1],
    ["committed", 0],
    ["aborted", 0],
    ["committed", 0],
    ["open", 1],
    ["committed", 0],
  ] as const;
  const written: WrittenTransaction[] = [];
  for (const [index, [outcome, partition]] of ends.entries()) {
    const ids = Array.from({ length: 7 }, (_, i) => 10 * index + i);
    const transaction = await operator.beginTransaction();
    await transaction.send(
      topic,
      ids.map((id) => ({ value: JSON.stringify({ id }), partition })),
    );
    if (outcome === "open") await transaction.crash();
    else await (outcome === "committed" ? transaction.commit() : transaction.abort());
    written.push({ rows: ids.map((id): Row => [BigInt(id), undefined]), outcome });
  }
  return written;
}

withKafka((kafka) => {
  test("every row has what is told of its record, as far as it is asked for", async () => {
    const { bootstrap, operator } = kafka();
    const topic = await operator.createTopic({
      partitions: 2,
      // The records say that they are old.
      settings: { "retention.ms": "-1" },
    });
    const record = { value: '{"id":1}{"id":2}', partition: 1, timestamp: 1_700_000_000_123n };
    await operator.produce(topic, [
      { ...record, headers: { a: "x", b: "" } },
      { ...record, value: '{"id":3}', timestamp: 1_700_000_000_456n },
    ]);
    const place = { "bootstrap.servers": bootstrap, topic, start_from: "earliest" };
    const opening = { table: NUMBERS, format: RAW_JSON };
    await using all = await Following.open({ ...opening, config: { ...place, ...TOLD } });
    await using some = await Following.open({
      ...opening,
      config: { ...place, include_offset: true },
    });
    await using none = await Following.open({ ...opening, config: place });
    const [whole, offsets, plain] = [await all.next(), await some.next(), await none.next()];
    const headers = [
      ["a", Buffer.from("x")],
      ["b", Buffer.from("")],
    ];
    expect(valuesOf(whole)).toEqual([
      [headers, topic, 1, 0n, 1_700_000_000_123_000_000n],
      [headers, topic, 1, 0n, 1_700_000_000_123_000_000n],
      [[], topic, 1, 1n, 1_700_000_000_456_000_000n],
    ]);
    expect(valuesOf(offsets)).toEqual([[0n], [0n], [1n]]);
    expect(plain?.changes).toEqual({ rows: [[1n], [2n], [3n]].map(([id]) => [id, undefined]) });
  });

  test("records whose headers do not match are passed, and reading goes on behind them", async () => {
    const { bootstrap, operator } = kafka();
    const topic = await operator.createTopic();
    const written = ["keep", "drop", "keep", "drop"].map((kind, id) => {
      return { value: JSON.stringify({ id }), headers: { kind } };
    });
    await operator.produce(topic, written);
    const config = {
      "bootstrap.servers": bootstrap,
      topic,
      start_from: "earliest",
      header_filter: { header: { name: "kind", pattern: "keep" } },
    };
    await using following = await Following.open({ table: NUMBERS, format: RAW_JSON, config });
    expect(await following.toHead()).toEqual([0n, 2n]);
    expect(following.last.frontier.positions).toEqual([["0", 4n]]);
  });

  test("a timestamp is the broker's where the topic says so", async () => {
    const { bootstrap, operator } = kafka();
    const settings = { "message.timestamp.type": "LogAppendTime" };
    const topic = await operator.createTopic({ settings });
    const before = BigInt(Date.now());
    await operator.produce(topic, [{ value: '{"id":1}', timestamp: 1n }]);
    const config = {
      "bootstrap.servers": bootstrap,
      topic,
      start_from: "earliest",
      include_timestamp: true,
    };
    await using following = await Following.open({ table: NUMBERS, format: RAW_JSON, config });
    const [timestamp] = valuesOf(await following.next()).flat();
    expect(timestamp).toBeGreaterThanOrEqual(before * 1_000_000n);
  });

  for (const ends of [false, true]) {
    sourceSuite(ends ? "kafka_input that ends with its topic" : "kafka_input", {
      ends,
      setUp: async (records) => {
        const { bootstrap, operator } = kafka();
        const topic = await operator.createTopic();
        const write = (from: number): Promise<unknown> =>
          operator.produce(
            topic,
            Array.from({ length: records }, (_record, i) => ({
              value: JSON.stringify({ id: from + i, name: `record ${from + i}` }),
            })),
          );
        await write(0);
        const config = {
          "bootstrap.servers": bootstrap,
          topic,
          start_from: "earliest",
          "fetch.wait.max.ms": "10",
          ...(ends ? { "enable.partition.eof": "true" } : {}),
        };
        const rows = Array.from({ length: records }, (_row, i): Row => [BigInt(i), `record ${i}`]);
        return {
          rows,
          open: (options) =>
            openSource({ table: NUMBERS, format: RAW_JSON, config, maxBatchSize: 10, ...options }),
          replace: async () => {
            await operator.recreateTopic(topic);
            await write(100);
          },
          [Symbol.asyncDispose]: () => operator.deleteTopic(topic),
        };
      },
      setUpTransactions: async () => {
        const { bootstrap, operator } = kafka();
        const topic = await operator.createTopic({ partitions: 2 });
        await operator.produce(topic, [{ value: '{"id":99}' }]);
        const config = {
          "bootstrap.servers": bootstrap,
          topic,
          start_from: "earliest",
          "fetch.wait.max.ms": "10",
        };
        return {
          keepsWhole: false,
          rows: [[99n, undefined]],
          open: (options) =>
            openSource({ table: NUMBERS, format: RAW_JSON, config, maxBatchSize: 5, ...options }),
          write: () => writeTransactions(operator, topic),
          [Symbol.asyncDispose]: () => operator.deleteTopic(topic),
        };
      },
      setUpRejects: async () => {
        const { bootstrap, operator } = kafka();
        const topic = await operator.createTopic();
        const bad = ['{"id":NaN}', '{"id":"x"}', '{"id":1', "}"];
        const values = bad.flatMap((value, i) => [`{"id":${2 * i}}`, value, `{"id":${2 * i + 1}}`]);
        await operator.produce(
          topic,
          values.map((value) => ({ value })),
        );
        const config = {
          "bootstrap.servers": bootstrap,
          topic,
          start_from: "earliest",
          "fetch.wait.max.ms": "10",
        };
        return {
          rows: Array.from({ length: 2 * bad.length }, (_row, i): Row => [BigInt(i), undefined]),
          rejected: bad.length,
          open: (options) =>
            openSource({ table: NUMBERS, format: RAW_JSON, config, maxBatchSize: 5, ...options }),
          [Symbol.asyncDispose]: () => operator.deleteTopic(topic),
        };
      },
    });
  }
});
