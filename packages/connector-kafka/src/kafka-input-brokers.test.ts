/** Topics whose brokers go away and come back, on a real cluster of three. */

import { type JsonObject } from "@tidemark/program";
import { KAFKA_CREDENTIALS, type KafkaCluster, withKafkaCluster } from "@tidemark/systems";
import { expect, test } from "vitest";

import { Following } from "./testing/opening.ts";

/** What a source says of its trouble, to be waited for. */
class Said {
  readonly trouble = (message: string | undefined): void => {
    this.last = message;
    this.#ring?.();
  };
  last: string | undefined;
  #ring: (() => void) | undefined;

  /** Resolves once it says that there is trouble, or that there is none. */
  async until(troubled: boolean): Promise<void> {
    while ((this.last !== undefined) !== troubled) {
      await new Promise<undefined>((resolve) => {
        this.#ring = () => resolve(undefined);
      });
    }
  }
}

async function topicOf(
  cluster: KafkaCluster,
  more: JsonObject = {},
): Promise<{ readonly topic: string; readonly config: JsonObject }> {
  const topic = await cluster.operator.createTopic({ partitions: 3 });
  const config = {
    "bootstrap.servers": cluster.bootstrap,
    topic,
    start_from: "earliest",
    "fetch.wait.max.ms": "50",
    ...more,
  };
  return { topic, config };
}

function valuesOf(from: number, count: number): { value: string; partition: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    value: `${from + i}`,
    partition: (from + i) % 3,
  }));
}

withKafkaCluster({ brokers: 3 }, (cluster) => {
  test(
    "while no broker can be reached that is told, and when one can, reading goes on by itself",
    { timeout: 60_000 },
    async () => {
      const { operator, proxiedBootstrap, brokers } = cluster();
      const { topic, config } = await topicOf(cluster(), { "bootstrap.servers": proxiedBootstrap });
      const said = new Said();
      await operator.produce(topic, valuesOf(0, 3));
      await using following = await Following.open({ config, trouble: said.trouble });
      expect(await following.toHead()).toHaveLength(3);
      const next = following.next();
      await Promise.all(brokers.map(({ proxy }) => proxy.refuse()));
      await said.until(true);
      await expect(following.head()).rejects.toThrow("can't be asked");
      await Promise.all(brokers.map(({ proxy }) => proxy.heal()));
      await said.until(false);
      await operator.produce(topic, valuesOf(3, 1));
      expect((await next)?.changes.rows).toEqual([["3"]]);
    },
  );

  test("a start that goes on with what was read waits for brokers, the first one does not", async () => {
    const { operator, proxiedBootstrap, brokers } = cluster();
    const { topic, config } = await topicOf(cluster(), { "bootstrap.servers": proxiedBootstrap });
    await operator.produce(topic, valuesOf(0, 3));
    const first = await Following.open({ config });
    await first.toHead();
    await first[Symbol.asyncDispose]();
    await operator.produce(topic, valuesOf(3, 3));
    await Promise.all(brokers.map(({ proxy }) => proxy.refuse()));
    await expect(Following.open({ config })).rejects.toThrow(
      "'bootstrap.servers' can't be reached",
    );
    const said = new Said();
    await using following = await Following.open({
      config,
      resume: first.last,
      trouble: said.trouble,
    });
    expect(said.last).toContain("can't be reached");
    const next = following.next();
    await Promise.all(brokers.map(({ proxy }) => proxy.heal()));
    expect((await next)?.incarnation).toBe(first.last.incarnation);
    await following.toHead();
  });

  test("who must present credentials does, and wrong ones are refused without being shown", async () => {
    const { operator, securedBootstrap } = cluster();
    const secured = {
      "bootstrap.servers": securedBootstrap,
      "security.protocol": "SASL_PLAINTEXT",
      "sasl.mechanism": "PLAIN",
      "sasl.username": KAFKA_CREDENTIALS.username,
      "sasl.password": KAFKA_CREDENTIALS.password,
    };
    const { topic, config } = await topicOf(cluster(), secured);
    await operator.produce(topic, valuesOf(0, 3));
    await using following = await Following.open({ config });
    expect(await following.toHead()).toHaveLength(3);
    const wrong = Following.open({ config: { ...config, "sasl.password": "a-secret" } });
    await expect(wrong).rejects.toThrow("was refused by the cluster");
    await expect(wrong).rejects.not.toThrow("a-secret");
  });

  test(
    "records go on coming, each once, from whoever leads after a broker was killed",
    { timeout: 60_000 },
    async () => {
      const { operator } = cluster();
      const { topic, config } = await topicOf(cluster());
      await operator.produce(topic, valuesOf(0, 30));
      await using following = await Following.open({ config });
      const before = await following.toHead();
      const [led] = await operator.partitions(topic);
      const victim = cluster().broker(led?.leader ?? 0);
      await victim.kill();
      await operator.produce(topic, valuesOf(30, 30));
      const asked = await operator.partitions(topic);
      expect(asked.every(({ leader }) => leader !== victim.id)).toBe(true);
      const after = await following.toHead();
      const all = [...before, ...after].map(Number).toSorted((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: 60 }, (_, i) => i));
    },
  );
});
