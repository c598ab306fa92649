/** What the kit does to topics, groups and transactions really happens. */
import { Admin, Consumer, FetchIsolationLevels, MessagesStreamModes } from "@platformatic/kafka";
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";

import { readCommitted } from "./kafka-reading.ts";
import { withKafka } from "./kafka.ts";

withKafka((kafka) => {
  const operator = () => kafka().operator;

  /** Reads what is readable as committed until there are so many records. */
  async function read(topic: string, count: number): Promise<readonly string[]> {
    const consumer = new Consumer({
      clientId: "reader",
      groupId: randomUUID(),
      bootstrapBrokers: [kafka().bootstrap],
    });
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.EARLIEST,
      isolationLevel: FetchIsolationLevels.READ_COMMITTED,
      autocommit: false,
    });
    const values: string[] = [];
    for await (const { value } of stream) {
      values.push(value.toString());
      if (values.length === count) break;
    }
    await consumer.close(true);
    return values;
  }

  async function stableEnd(topic: string): Promise<bigint | undefined> {
    const admin = new Admin({ clientId: "reader", bootstrapBrokers: [kafka().bootstrap] });
    const partitions = [{ partitionIndex: 0, timestamp: -1n }];
    const isolationLevel = FetchIsolationLevels.READ_COMMITTED;
    const [listed] = await admin.listOffsets({
      topics: [{ name: topic, partitions }],
      isolationLevel,
    });
    await admin.close();
    return listed?.partitions[0]?.offset;
  }

  test("records get the offsets that are told, partition by partition", async () => {
    const topic = await operator().createTopic({ partitions: 2 });
    const [a, b, c] = ["a", "b", "c"].map((value, index) => ({ value, partition: index % 2 }));
    if (!a || !b || !c) throw new Error("three records");
    expect(await operator().produce(topic, [a, b, c])).toEqual([0n, 0n, 1n]);
    expect(await operator().end(topic, 0)).toBe(2n);
    expect(await operator().end(topic, 1)).toBe(1n);
  });

  test("a topic that is made again is empty and has another identity", async () => {
    const topic = await operator().createTopic();
    await operator().produce(topic, [{ value: "gone" }]);
    const before = await operator().topicId(topic);
    await operator().recreateTopic(topic);
    expect(await operator().topicId(topic)).not.toBe(before);
    expect(await operator().end(topic)).toBe(0n);
    await operator().deleteTopic(topic);
    expect(await operator().topics()).not.toContain(topic);
  });

  test("a topic that is given more partitions has them", async () => {
    const topic = await operator().createTopic();
    await operator().setPartitions(topic, 3);
    expect(await operator().produce(topic, [{ value: "new", partition: 2 }])).toEqual([0n]);
  });

  test("deleted records are gone, and so are those that retention passes", async () => {
    const topic = await operator().createTopic();
    await operator().produce(topic, [{ value: "a" }, { value: "b" }, { value: "c" }]);
    await operator().deleteRecords(topic, 0, 2n);
    expect(await operator().start(topic)).toBe(2n);
    await operator().alterTopic(topic, { "retention.ms": "1", "segment.ms": "1" });
    await operator().retained(topic, 3n);
    expect(await operator().start(topic)).toBe(3n);
  });

  test("a group's progress can be set, moved back and deleted", async () => {
    const topic = await operator().createTopic();
    const group = randomUUID();
    expect(await operator().groupOffsets(group, topic)).toEqual(new Map());
    await operator().commitGroup(group, topic, new Map([[0, 7n]]));
    expect(await operator().groupOffsets(group, topic)).toEqual(new Map([[0, 7n]]));
    await operator().commitGroup(group, topic, new Map([[0, 2n]]));
    expect(await operator().groupOffsets(group, topic)).toEqual(new Map([[0, 2n]]));
    await operator().deleteGroup(group);
    expect(await operator().groupOffsets(group, topic)).toEqual(new Map());
  });

  test("a crashed producer's transaction holds up what follows, until another takes its place", async () => {
    const topic = await operator().createTopic();
    const hanging = await operator().beginTransaction();
    await hanging.send(topic, [{ value: "never" }]);
    await hanging.crash();
    await operator().produce(topic, [{ value: "after" }]);
    expect(await operator().end(topic)).toBe(2n);
    expect(await stableEnd(topic)).toBe(0n);
    const next = await operator().beginTransaction(hanging.transactionalId);
    await next.send(topic, [{ value: "committed" }]);
    await next.commit();
    expect(await read(topic, 2)).toEqual(["after", "committed"]);
  });

  test("an aborted transaction leaves records that nobody reads", async () => {
    const topic = await operator().createTopic();
    const aborted = await operator().beginTransaction();
    await aborted.send(topic, [{ value: "never" }]);
    await aborted.abort();
    await operator().produce(topic, [{ value: "read" }]);
    expect(await read(topic, 1)).toEqual(["read"]);
    expect(await operator().end(topic)).toBe(3n);
  });

  test("what is read as committed is what consumers are given, up to the first open transaction", async () => {
    const topic = await operator().createTopic();
    const aborted = await operator().beginTransaction();
    await aborted.send(topic, [{ value: "never" }]);
    await aborted.abort();
    const committed = await operator().beginTransaction(aborted.transactionalId);
    await committed.send(topic, [{ value: "a", key: "k", headers: { h: "1" } }]);
    await committed.commit();
    await operator().produce(topic, [{ value: "b" }]);
    const open = await operator().beginTransaction();
    await open.send(topic, [{ value: "not yet" }]);
    await operator().produce(topic, [{ value: "behind it" }]);
    const records = await readCommitted(kafka().bootstrap, topic);
    expect(records).toMatchObject([
      { value: "a", key: "k", headers: [["h", "1"]] },
      { value: "b", key: undefined, headers: [] },
    ]);
    expect(records.map(({ value }) => value)).toEqual(await read(topic, 2));
    await open.abort();
    expect(await readCommitted(kafka().bootstrap, topic)).toHaveLength(3);
  });
});
