/** Records of a real Kafka. */

import { type Row } from "@tidemark/connector";
import { sourceSuite } from "@tidemark/conformance";
import { withKafka } from "@tidemark/systems";

import { openSource, tableOf } from "./testing/opening.ts";

const NUMBERS = tableOf("CREATE TABLE t (id BIGINT NOT NULL, name VARCHAR)");
const RAW_JSON = { name: "json", config: { update_format: "raw" } };

withKafka((kafka) => {
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
    });
  }
});
