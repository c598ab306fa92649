/** Views written to topics of a real Kafka. */

import { sinkSuite, type SinkSetup } from "@tidemark/conformance";
import { RefusedRowsError, type ViewChange } from "@tidemark/connector";
import {
  KAFKA_CREDENTIALS,
  KAFKA_GUEST,
  type KafkaCluster,
  readCommitted,
  withKafkaCluster,
} from "@tidemark/systems";
import { describe, expect, test } from "vitest";

import { changes, contents, openOutput, untilTaken } from "./testing/output-place.ts";

withKafkaCluster({}, (cluster) => {
  sinkSuite("kafka", () => setUp(cluster()), { progress: "in-place" });

  test("changes share a message up to the number that is asked for, under the connector's headers", async () => {
    const { bootstrap, operator } = cluster();
    const topic = await operator.createTopic({ partitions: 3 });
    const headers = [
      { key: "from", value: "tidemark" },
      { key: "from", value: [0x76] },
    ];
    const config = { topic, "bootstrap.servers": bootstrap, headers };
    const format = { name: "csv", config: { buffer_size_records: 2 } };
    await using sink = await openOutput({ config, format });
    await sink.take(1n, changes([-1, 2], [3]));
    const records = await readCommitted(bootstrap, topic);
    expect(records.map(({ value }) => value)).toEqual(["1,-1\n2,1\n", "3,1\n"]);
    for (const record of records) {
      expect(record.headers).toEqual([
        ["from", "tidemark"],
        ["from", "v"],
      ]);
    }
  });

  test.each(["gzip", "snappy", "lz4", "zstd"])(
    "what is compressed by %s reads as it was",
    async (compression) => {
      const { bootstrap, operator } = cluster();
      const topic = await operator.createTopic();
      const config = { topic, "bootstrap.servers": bootstrap, "compression.type": compression };
      await using sink = await openOutput({ config });
      await sink.take(1n, changes([1, 2]));
      expect(await contents(bootstrap, topic)).toEqual(["+1", "+2"]);
    },
  );

  test("a step of many messages is one, each within what the topic takes", async () => {
    const { bootstrap, operator } = cluster();
    const topic = await operator.createTopic({ settings: { "max.message.bytes": "2000" } });
    const config = { topic, "bootstrap.servers": bootstrap, "message.max.bytes": 2000 };
    await using sink = await openOutput({ config });
    const numbers = Array.from({ length: 3000 }, (_, index) => index + 1);
    const chunks = Array.from({ length: 3 }, (_, index) =>
      numbers.slice(1000 * index, 1000 * (index + 1)),
    );
    expect(await sink.take(1n, changes(...chunks))).toMatchObject({ records: 3000 });
    expect(await contents(bootstrap, topic)).toEqual(numbers.map((n) => `+${n}`));
  });

  test("O1: rows that no message can hold are refused by name, nothing of their step is there, and the rest of it fits", async () => {
    const { bootstrap, operator } = cluster();
    const topic = await operator.createTopic();
    const config = { topic, "bootstrap.servers": bootstrap, "message.max.bytes": 1000 };
    const type = { kind: "text", fixed: false } as const;
    const columns = [{ id: { name: "s", quoted: false }, type, nullable: false }];
    await using sink = await openOutput({ config, columns });
    const [large, larger] = ["x".repeat(2000), "y".repeat(3000)];
    const fault: unknown = await sink
      .take(1n, rows("1", large, "2", larger))
      .catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(RefusedRowsError);
    expect(fault).toMatchObject({
      rows: [
        {
          change: { row: [large] },
          message: expect.stringMatching(/^row s "x+….*bytes.*raise 'message.max.bytes'/u),
        },
        { change: { row: [larger] }, message: expect.stringMatching(/^row s "y+…/u) },
      ],
    });
    expect(await contents(bootstrap, topic)).toEqual([]);
    expect(await sink.take(1n, rows("1", "2"))).toMatchObject({ records: 2 });
    const [record] = await readCommitted(bootstrap, topic);
    expect(record?.value).toBe(`{"insert":{"s":"1"}}\n{"insert":{"s":"2"}}\n`);
  });

  test("a message that the topic refuses is told of, with the settings to change", async () => {
    const { bootstrap, operator } = cluster();
    const topic = await operator.createTopic({ settings: { "max.message.bytes": "500" } });
    await using sink = await openOutput({ config: { topic, "bootstrap.servers": bootstrap } });
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    await expect(sink.take(1n, changes(numbers))).rejects.toThrow("max.message.bytes");
    await sink.take(2n, changes([1]));
    expect(await contents(bootstrap, topic)).toEqual(["+1"]);
  });

  test("an output that is closed in the middle of a step leaves nothing that readers wait for", async () => {
    const { bootstrap, operator } = cluster();
    const topic = await operator.createTopic();
    const config = { topic, "bootstrap.servers": bootstrap, max_inflight_messages: 1 };
    const format = { name: "json", config: { buffer_size_records: 1 } };
    const sink = await openOutput({ config, format });
    async function* closing(): AsyncGenerator<readonly ViewChange[]> {
      yield* changes([1]);
      while ((await operator.end(topic)) < 1n);
      await sink[Symbol.asyncDispose]();
      yield* changes([2]);
    }
    await expect(sink.take(1n, closing())).rejects.toThrow("closed");
    await operator.produce(topic, [{ value: "7,1" }]);
    expect(await contents(bootstrap, topic)).toEqual(["+7"]);
  });

  test("a topic that is made anew is written on from the next step, also after the output was opened again", async () => {
    const { bootstrap, operator } = cluster();
    const topic = await operator.createTopic();
    let kept: string | undefined;
    const cell = {
      read: () => Promise.resolve(kept),
      write: (text: string) => Promise.resolve(void (kept = text)),
    };
    const opening = { config: { topic, "bootstrap.servers": bootstrap }, cell };
    {
      await using sink = await openOutput(opening);
      await sink.take(1n, changes([1]));
      await operator.recreateTopic(topic);
      await untilTaken(() => sink.take(2n, changes([2])));
      await operator.recreateTopic(topic);
    }
    await using again = await openOutput(opening);
    expect(again.takenStep).toBe(2n);
    await again.take(3n, changes([3]));
    expect(await contents(bootstrap, topic)).toEqual(["+3"]);
  });

  describe("opening", () => {
    const name = "tidemark-life-v.c";

    test("a cluster that is not there, or does not answer, is told of", async () => {
      const { operator, proxiedBootstrap, brokers } = cluster();
      const topic = await operator.createTopic();
      const nowhere = { topic, "bootstrap.servers": "127.0.0.1:1" };
      expect(await refusal(nowhere)).toMatch(/'bootstrap.servers' can't be reached.*127.0.0.1:1/u);
      const [broker] = brokers;
      broker?.proxy.silence();
      const silent = {
        topic,
        "bootstrap.servers": proxiedBootstrap,
        initialization_timeout_secs: 1,
      };
      expect(await refusal(silent)).toMatch("did not answer within 1 s");
      await broker?.proxy.heal();
    });

    test("a topic that is not there is told of", async () => {
      const { bootstrap } = cluster();
      expect(await refusal({ topic: "nowhere", "bootstrap.servers": bootstrap })).toMatch(
        "'topic' names a topic that the cluster does not have",
      );
    });

    test("wrong credentials are told of, and not shown", async () => {
      const topic = await cluster().operator.createTopic();
      expect(await refusal(secured(cluster(), topic))).toBe("opened");
      const wrong = { ...KAFKA_CREDENTIALS, password: "a-secret" };
      const refused = await refusal(secured(cluster(), topic, wrong));
      expect(refused).toMatch("refused by the cluster");
      expect(refused).not.toMatch("a-secret");
    });

    test("a longer transaction than the cluster allows is told of", async () => {
      const { operator, bootstrap } = cluster();
      const topic = await operator.createTopic();
      const config = { topic, "bootstrap.servers": bootstrap, "transaction.timeout.ms": 900_001 };
      expect(await refusal(config)).toMatch("transaction.max.timeout.ms");
    });

    test.each([
      ["TOPIC", "WRITE", "permission to write and to read"],
      ["TOPIC", "READ", "permission to write and to read"],
      ["GROUP", "READ", "permission to read groups"],
      ["TRANSACTIONAL_ID", "WRITE", "permission to write as transactional ids"],
    ] as const)(
      "of what it needs, %s %s is told of where the user lacks it",
      async (on, operation, said) => {
        const { operator } = cluster();
        const topic = await operator.createTopic();
        const life = `lacking-${on}-${operation}`;
        const own = name.replace("life", life);
        const { username } = KAFKA_GUEST;
        await operator.allow(username, { operation: "DESCRIBE", on: "TOPIC", name: topic });
        for (const needed of [
          { operation: "WRITE", on: "TOPIC", name: topic },
          { operation: "READ", on: "TOPIC", name: topic },
          { operation: "READ", on: "GROUP", name: own },
          { operation: "WRITE", on: "TRANSACTIONAL_ID", name: own },
        ] as const) {
          if (needed.on === on && needed.operation === operation) continue;
          await operator.allow(username, needed);
        }
        expect(await refusal(secured(cluster(), topic, KAFKA_GUEST), life)).toMatch(said);
      },
    );
  });
});

async function setUp({ bootstrap, operator }: KafkaCluster): Promise<SinkSetup> {
  const topic = await operator.createTopic({ partitions: 2 });
  return {
    open: (opening) =>
      openOutput({ ...opening, config: { topic, "bootstrap.servers": bootstrap } }),
    contents: () => contents(bootstrap, topic),
    // Names of topics are nobody else's.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** What opening an output is refused with, or `opened`. */
async function refusal(
  config: Readonly<Record<string, string | number>>,
  life = "life",
): Promise<string> {
  try {
    await using _ = await openOutput({ config, life });
    return "opened";
  } catch (error) {
    return String(error);
  }
}

/** The settings of a user who has to say who they are. */
function secured(
  { securedBootstrap }: KafkaCluster,
  topic: string,
  {
    username,
    password,
  }: { readonly username: string; readonly password: string } = KAFKA_CREDENTIALS,
): Readonly<Record<string, string>> {
  return {
    topic,
    "bootstrap.servers": securedBootstrap,
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": username,
    "sasl.password": password,
  };
}

async function* rows(...all: readonly string[]): AsyncGenerator<readonly ViewChange[]> {
  yield await Promise.resolve(all.map((one) => ({ weight: 1 as const, row: [one] })));
}
