/** Views written to topics of a real Kafka. */

import { sinkSuite } from "@tidemark/conformance";
import { type Kafka, withKafka } from "@tidemark/systems";

import { contents, openOutput } from "./testing/output-place.ts";

withKafka((kafka) => {
  for (const format of ["json", "csv"]) {
    sinkSuite(`kafka (${format})`, () => setUp(kafka(), format), { progress: "in-place" });
  }
});

async function setUp({ bootstrap, operator }: Kafka, format: string) {
  const topic = await operator.createTopic({ partitions: 2 });
  return {
    open: (opening: Omit<Parameters<typeof openOutput>[0], "config">) =>
      openOutput({
        ...opening,
        config: { topic, "bootstrap.servers": bootstrap },
        format: { name: format, config: {} },
      }),
    contents: () => contents(bootstrap, topic),
    [Symbol.asyncDispose]: () => operator.deleteTopic(topic),
  };
}
