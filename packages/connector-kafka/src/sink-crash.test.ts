/** Outputs to a real Kafka that die, or lose their brokers, at every moment of a step. */

import { type Clock, type Sink, SYSTEM_CLOCK, type ViewChange } from "@tidemark/connector";
import { type KafkaCluster, withKafkaCluster } from "@tidemark/systems";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  changes,
  contents,
  openOutput,
  type OutputOpening,
  untilTaken,
} from "./testing/output-place.ts";
import { type Closing, RequestGate } from "./testing/request-gate.ts";

const REQUESTS: readonly Closing["request"][] = [
  "AddPartitionsToTxn",
  "Produce",
  "AddOffsetsToTxn",
  "TxnOffsetCommit",
  "EndTxn",
  "DescribeTransactions",
];
const MOMENTS = REQUESTS.flatMap((request) => [
  { side: "before", request } as const,
  { side: "after", request } as const,
]);

const DONE = ["+1", "+2", "-3", "+4"];

function step2(): AsyncGenerator<readonly ViewChange[]> {
  return changes([2, -3], [4]);
}

withKafkaCluster({}, (cluster) => {
  let gate: RequestGate;
  beforeAll(async () => {
    gate = await RequestGate.before(one(cluster()));
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  async function start(opening: Partial<OutputOpening> = {}): Promise<Stage> {
    const { operator, bootstrap, proxiedBootstrap } = cluster();
    gate.open();
    const topic = await operator.createTopic();
    const config = { topic, "bootstrap.servers": proxiedBootstrap, max_inflight_messages: 1 };
    const format = { name: "json", config: { buffer_size_records: 1 } };
    const open = (): Promise<Sink> => openOutput({ config, format, ...opening });
    return { open, read: () => contents(bootstrap, topic) };
  }

  describe.each(MOMENTS)("$side $request", (moment) => {
    test("a connection that breaks goes unnoticed", async () => {
      const { open, read } = await start();
      await using sink = await open();
      await sink.take(1n, changes([1]));
      gate.closeAt({ ...moment, met: () => "cut" });
      expect(await sink.take(2n, step2())).toMatchObject({ records: 3 });
      expect(await read()).toEqual(DONE);
    });

    test("a crash leaves the step there once, or not at all until it is given again", async () => {
      const { open, read } = await start();
      const sink = await open();
      await sink.take(1n, changes([1]));
      let died: Promise<void> | undefined;
      const met = (): "shut" => {
        died = Promise.resolve(sink[Symbol.asyncDispose]());
        return "shut";
      };
      gate.closeAt({ ...moment, met });
      await expect(sink.take(2n, step2())).rejects.toThrow("closed");
      await died;
      gate.open();
      await using again = await open();
      const { request, side } = moment;
      const isDecided =
        request === "DescribeTransactions" || (request === "EndTxn" && side === "after");
      expect(again.takenStep).toBe(isDecided ? 2n : 1n);
      expect(await read()).toEqual(isDecided ? DONE : ["+1"]);
      await again.take(2n, step2());
      await again.take(3n, changes([5]));
      expect(await read()).toEqual([...DONE, "+5"]);
    });

    test("an outage is told of, and made good when the step is given again", async () => {
      const clock = new HurriedClock();
      const { open, read } = await start({ clock });
      await using sink = await open();
      await sink.take(1n, changes([1]));
      const met = (): "shut" => {
        clock.hurries = true;
        return "shut";
      };
      gate.closeAt({ ...moment, met });
      await expect(sink.take(2n, step2())).rejects.toThrow("can't be reached");
      await expect(sink.take(2n, step2())).rejects.toThrow("can't be reached");
      clock.hurries = false;
      gate.open();
      expect(await sink.take(2n, step2())).toMatchObject({ records: 3 });
      expect(await read()).toEqual(DONE);
    });
  });

  test("a step of which the cluster grew tired is told apart from one of another writer", async () => {
    const { operator, bootstrap, proxiedBootstrap } = cluster();
    const topic = await operator.createTopic();
    const config = {
      topic,
      "bootstrap.servers": proxiedBootstrap,
      "transaction.timeout.ms": 1000,
      max_inflight_messages: 1,
    };
    const format = { name: "json", config: { buffer_size_records: 1 } };
    await using sink = await openOutput({ config, format });
    async function* tiring(): AsyncGenerator<readonly ViewChange[]> {
      yield* changes([1, 2]);
      // The transaction's own records, and the marker that ends it.
      while ((await operator.end(topic)) < 3n);
      yield* changes([3]);
    }
    await expect(sink.take(1n, tiring())).rejects.toThrow("raise 'transaction.timeout.ms'");
    await sink.take(1n, changes([1, 2]));
    expect(await contents(bootstrap, topic)).toEqual(["+1", "+2"]);
  });
});

withKafkaCluster({ brokers: 3 }, (cluster) => {
  test(
    "when the broker that takes a step is killed the others have the step once",
    { timeout: 120_000 },
    async () => {
      const { operator, bootstrap } = cluster();
      const topic = await operator.createTopic();
      const config = { topic, "bootstrap.servers": bootstrap, max_inflight_messages: 1 };
      const format = { name: "json", config: { buffer_size_records: 1 } };
      await using sink = await openOutput({ config, format });
      await sink.take(1n, changes([1]));
      const [led] = await operator.partitions(topic);
      if (led === undefined) throw new TypeError("the topic has a partition");
      async function* killing(leader: number): AsyncGenerator<readonly ViewChange[]> {
        yield* changes([2, -3]);
        await cluster().broker(leader).kill();
        yield* changes([4]);
      }
      await sink.take(2n, killing(led.leader)).catch(() => undefined);
      await untilTaken(() => sink.take(2n, step2()));
      await sink.take(3n, changes([5]));
      expect(await contents(bootstrap, topic)).toEqual([...DONE, "+5"]);
    },
  );
});

interface Stage {
  readonly open: () => Promise<Sink>;
  readonly read: () => Promise<readonly string[]>;
}

function one(cluster: KafkaCluster): KafkaCluster["brokers"][number] {
  return cluster.broker(1);
}

/** The machine's clock, or one on which a minute has gone by whenever it is looked at. */
class HurriedClock implements Clock {
  hurries = false;
  #minutes = 0;

  wallMs(): number {
    return SYSTEM_CLOCK.wallMs();
  }

  monotonicMs(): number {
    if (this.hurries) this.#minutes += 1;
    return SYSTEM_CLOCK.monotonicMs() + 60_000 * this.#minutes;
  }

  sleep(ms: number, options: { readonly signal: AbortSignal }): Promise<void> {
    return SYSTEM_CLOCK.sleep(this.hurries ? 0 : ms, options);
  }
}
