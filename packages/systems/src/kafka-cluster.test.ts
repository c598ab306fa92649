/** Every fault that the Kafka kit offers really happens. */
import { Admin, Producer } from "@platformatic/kafka";
import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";

import { KafkaOperator } from "./kafka-operator.ts";
import { readCommitted } from "./kafka-reading.ts";
import { KAFKA_CREDENTIALS, KAFKA_GUEST } from "./kafka-properties.ts";
import { findKafkaAnywhere, withKafkaCluster } from "./kafka.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Asks once, and gives up at the first refusal. */
async function ask(bootstrap: string, password?: string): Promise<readonly string[]> {
  const sasl = { mechanism: "PLAIN" as const, username: KAFKA_CREDENTIALS.username };
  const admin = new Admin({
    clientId: "asker",
    bootstrapBrokers: bootstrap.split(","),
    retries: 0,
    timeout: 60_000,
    ...(password === undefined ? {} : { sasl: { ...sasl, password } }),
  });
  try {
    return await admin.listTopics();
  } finally {
    await admin.close();
  }
}

withKafkaCluster({}, (cluster) => {
  const onlyBroker = () => cluster().broker(1);
  const count = async (topic: string) => cluster().operator.end(topic);

  test("a killed broker refuses connections, and has every acknowledged record when it is started again", async () => {
    const topic = await cluster().operator.createTopic();
    await cluster().operator.produce(topic, [{ value: "kept" }]);
    await onlyBroker().kill();
    await expect(ask(cluster().bootstrap)).rejects.toThrow("failed");
    await onlyBroker().start();
    expect(await count(topic)).toBe(1n);
  });

  test("a restarted broker is at the same address and has what it had", async () => {
    const topic = await cluster().operator.createTopic();
    await cluster().operator.produce(topic, [{ value: "kept" }]);
    await onlyBroker().restart();
    expect(await count(topic)).toBe(1n);
  });

  test("a paused broker answers nothing until it goes on", async () => {
    let answered = false;
    await onlyBroker().pause();
    const asked = ask(cluster().bootstrap).then((topics) => {
      answered = true;
      return topics;
    });
    expect(onlyBroker().halted).toBe(true);
    expect(answered).toBe(false);
    onlyBroker().resume();
    expect(await asked).toContain((await cluster().operator.topics())[0]);
  });

  test("clients of the proxied address stay behind the proxy, and are cut off with it", async () => {
    const { proxy } = onlyBroker();
    const behind = new KafkaOperator(cluster().proxiedBootstrap);
    const topic = await behind.createTopic();
    expect(await behind.produce(topic, [{ value: "through" }])).toEqual([0n]);
    const admin = new Admin({
      clientId: "behind",
      bootstrapBrokers: [cluster().proxiedBootstrap],
    });
    const { brokers } = await admin.metadata({});
    await admin.close();
    expect([...brokers.values()].map(({ port }) => port)).toEqual([proxy.port]);
    await proxy.refuse();
    await expect(ask(cluster().proxiedBootstrap)).rejects.toThrow("failed");
    expect(await ask(cluster().bootstrap)).toContain(topic);
    await proxy.heal();
    expect(await ask(cluster().proxiedBootstrap)).toContain(topic);
  });

  test("the secured address takes those who know the password, and no others", async () => {
    const topic = await cluster().operator.createTopic();
    const { securedBootstrap } = cluster();
    expect(await ask(securedBootstrap, KAFKA_CREDENTIALS.password)).toContain(topic);
    await expect(ask(securedBootstrap, "guessed")).rejects.toThrow("failed");
  });

  test("a guest is refused what nobody allowed them", async () => {
    const { operator, securedBootstrap, bootstrap } = cluster();
    const topic = await operator.createTopic();
    const { username } = KAFKA_GUEST;
    await operator.allow(username, { operation: "DESCRIBE", on: "TOPIC", name: topic });
    const write = async (value: string): Promise<void> => {
      await using producer = new AsyncDisposableStack();
      const guest = producer.adopt(
        new Producer({
          clientId: "producer",
          bootstrapBrokers: [securedBootstrap],
          retries: 0,
          sasl: { mechanism: "PLAIN", ...KAFKA_GUEST },
        }),
        (opened) => opened.close(),
      );
      const messages = [{ topic, partition: 0, value: Buffer.from(value) }];
      await guest.send({ messages, acks: -1 });
    };
    await expect(write("not allowed")).rejects.toThrow("Producing messages failed");
    await operator.allow(username, { operation: "WRITE", on: "TOPIC", name: topic });
    await write("allowed");
    expect(await readCommitted(bootstrap, topic)).toMatchObject([{ value: "allowed" }]);
  });

  test("the Kafka that the environment names is the one that tests are given", async () => {
    vi.stubEnv("TIDEMARK_KAFKA", cluster().bootstrap);
    const found = findKafkaAnywhere();
    if (found.kind === "missing") throw new Error(found.why);
    await using kafka = await found.value();
    expect(kafka.bootstrap).toBe(cluster().bootstrap);
    const topic = await kafka.operator.createTopic();
    expect(await cluster().operator.topics()).toContain(topic);
  });
});

withKafkaCluster({ brokers: 3 }, (cluster) => {
  test("when a partition's leader is killed another takes over, with every acknowledged record", async () => {
    const { operator } = cluster();
    const topic = await operator.createTopic();
    await operator.produce(topic, [{ value: "acknowledged" }]);
    const [before] = await operator.partitions(topic);
    if (before === undefined) throw new Error("the topic has a partition");
    expect(new Set(before.replicas)).toEqual(new Set([1, 2, 3]));
    await cluster().broker(before.leader).kill();
    expect(await operator.produce(topic, [{ value: "after" }])).toEqual([1n]);
    const [after] = await operator.partitions(topic);
    expect(after?.leader).not.toBe(before.leader);
    expect(after?.leaderEpoch).toBeGreaterThan(before.leaderEpoch);
    await cluster().broker(before.leader).start();
  });
});

test("what is pinned is Kafka 4 with everything it needs, and each by one checksum", () => {
  const list = readFileSync(new URL("../kafka/jars.sha256", import.meta.url), "utf8");
  const names = list.match(/\S+\.jar$/gm) ?? [];
  expect(names).toContainEqual(expect.stringMatching(/^kafka_2\.13-4\./));
  expect(new Set(names).size).toBe(list.trimEnd().split("\n").length);
});
