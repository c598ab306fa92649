/** Progress of others, seen in the commits of consumer groups of a real Kafka. */

import { observerSuite } from "@tidemark/conformance";
import { EMPTY } from "@tidemark/core";
import { withKafka } from "@tidemark/systems";
import { expect, test } from "vitest";

import {
  codes,
  headClaim,
  observersOf,
  receiptClaim,
  verdict,
  watched,
} from "./testing/watched.ts";

const { signal } = new AbortController();

withKafka((kafka) => {
  observerSuite("of consumer groups", async () => {
    const { operator } = kafka();
    const topic = await operator.createTopic();
    const group = `g-${topic}`;
    const open = observersOf(kafka(), topic);
    return {
      open: (life) => open(group, life),
      write: async () => {
        const [offset] = await operator.produce(topic, [{ value: "x" }]);
        return `${topic}-0-${offset}`;
      },
      take: async () =>
        operator.commitGroup(group, topic, new Map([[0, await operator.end(topic)]])),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  });

  test("a write is complete once the group has committed beyond it, and not before", async () => {
    await using on = await watched(kafka());
    const claim = await receiptClaim(on, await on.write());
    await on.commit([0, 0n]);
    expect(await codes(on, claim)).toEqual(["consumer-inactive"]);
    await on.commit([0, 1n]);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("K11: a committed offset is the next one to be read, so that the record at it is not covered", async () => {
    await using on = await watched(kafka());
    await on.write();
    const second = await receiptClaim(on, await on.write());
    await on.commit([0, 1n]);
    expect((await verdict(on, second)).kind).toBe("pending");
  });

  test("K1: markers at the end of the log are no records that anybody would wait for", async () => {
    await using on = await watched(kafka());
    const { operator } = kafka();
    const transaction = await operator.beginTransaction();
    await transaction.send(on.topic, [{ value: "a" }, { value: "b" }]);
    await transaction.commit();
    // Markers are written after the commit has been answered.
    while ((await operator.end(on.topic)) < 3n);
    const claim = await headClaim(on);
    await on.commit([0, 1n]);
    expect((await verdict(on, claim)).kind).toBe("pending");
    await on.commit([0, 2n]);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("H8: aborted records at the end of the log are given to nobody who reads what is committed", async () => {
    await using on = await watched(kafka());
    const { operator } = kafka();
    await on.write();
    const transaction = await operator.beginTransaction();
    await transaction.send(on.topic, [{ value: "never" }]);
    await transaction.abort();
    const claim = await headClaim(on);
    await on.commit([0, 1n]);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
    await using reads = await watched(kafka(), {
      topic: on.topic,
      config: { "isolation.level": "read_uncommitted" },
    });
    await operator.commitGroup(reads.group, on.topic, new Map([[0, 1n]]));
    expect((await verdict(reads, await headClaim(reads))).kind).toBe("pending");
  });

  test("K2: one's own transaction that has just been committed is covered by the head", async () => {
    await using on = await watched(kafka());
    for (let i = 0; i < 5; i += 1) {
      const transaction = await kafka().operator.beginTransaction();
      await transaction.send(on.topic, [{ value: "mine" }]);
      await transaction.commit();
      const claim = await headClaim(on);
      await on.commit([0, BigInt(2 * i)]);
      expect((await verdict(on, claim)).kind).toBe("pending");
      await on.commit([0, BigInt(2 * i + 1)]);
      // The next record would come before a marker that is not written yet.
      while ((await kafka().operator.end(on.topic)) < BigInt(2 * i + 2));
    }
  });

  test("K3: a hanging transaction is said to be what holds the group up, and is never complete", async () => {
    await using on = await watched(kafka());
    const transaction = await kafka().operator.beginTransaction();
    await transaction.send(on.topic, [{ value: "open" }]);
    await transaction.crash();
    const claim = await receiptClaim(on, await on.write());
    await on.commit([0, 0n]);
    const told = await verdict(on, claim);
    const reasons = told.kind === "pending" ? told.reasons : [];
    expect(reasons.map(({ code }) => code)).toEqual(["consumer-inactive", "transaction-open"]);
    expect(reasons[1]?.message).toMatch(
      new RegExp(
        `partition 0 at offset 0 by producer \\d+ '${transaction.transactionalId}' of epoch \\d+, which began at 20\\d\\d-`,
        "u",
      ),
    );
    const again = await kafka().operator.beginTransaction(transaction.transactionalId);
    await again.crash();
    await on.commit([0, 2n]);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test.each([1, 9])(
    "K4: a topic that was deleted and made anew, with %i records, loses the tokens on the one before",
    async (records) => {
      await using on = await watched(kafka());
      for (let i = 0; i < 3; i += 1) await on.write();
      const claim = await headClaim(on);
      await on.commit([0, 3n]);
      await kafka().operator.recreateTopic(on.topic);
      for (let i = 0; i < records; i += 1) await on.write();
      expect((await verdict(on, claim)).kind).toBe("lost");
    },
  );

  test("K4: a commit beyond the end of the log is of another topic of the name, and counts for nothing", async () => {
    await using on = await watched(kafka());
    await on.commit([0, 9n]);
    const claim = await receiptClaim(on, await on.write());
    expect(await codes(on, claim)).toEqual(["consumer-inactive", "moved-back"]);
    await on.commit([0, 1n]);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("K6: a new token includes partitions that the group has not discovered yet, an old one does not", async () => {
    await using on = await watched(kafka());
    await on.write();
    const old = await headClaim(on);
    await kafka().operator.setPartitions(on.topic, 2);
    await on.write(1);
    const young = await headClaim(on);
    expect(young.frontier.positions.map(([partition]) => partition)).toEqual(["0/0", "0/1"]);
    await on.commit([0, 1n]);
    expect(await verdict(on, old)).toEqual({ kind: "complete" });
    expect(await codes(on, young)).toEqual(["consumer-inactive", "never-committed"]);
  });

  test("K1: where all was aborted, a group that commits behind records commits nothing, and has nothing to wait for", async () => {
    await using on = await watched(kafka());
    const transaction = await kafka().operator.beginTransaction();
    await transaction.send(on.topic, [{ value: "never" }]);
    const claim = await headClaim(on);
    expect((await verdict(on, claim)).kind).toBe("pending");
    await transaction.abort();
    // Markers are written after the abort has been answered.
    while ((await kafka().operator.end(on.topic)) < 2n);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("K12: aborted records that were proven to be given to nobody may be deleted under a group without commits", async () => {
    const { operator } = kafka();
    await using on = await watched(kafka());
    const transaction = await operator.beginTransaction();
    await transaction.send(on.topic, [{ value: "a" }]);
    await transaction.send(on.topic, [{ value: "b" }]);
    await transaction.abort();
    // Markers are written after the abort has been answered.
    while ((await operator.end(on.topic)) < 3n);
    const claim = await headClaim(on);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
    await operator.deleteRecords(on.topic, 0, 1n);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("K12: markers that retention takes behind a commit are nothing that the group had to come to", async () => {
    await using on = await watched(kafka());
    const { operator } = kafka();
    const transaction = await operator.beginTransaction();
    await transaction.send(on.topic, [{ value: "a" }]);
    await transaction.commit();
    // Markers are written after the commit has been answered.
    while ((await operator.end(on.topic)) < 2n);
    const claim = await headClaim(on);
    await on.commit([0, 1n]);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
    await operator.deleteRecords(on.topic, 0, 2n);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("K7: a partition without a commit is not complete, a partition without records is nothing to wait for", async () => {
    await using on = await watched(kafka(), { partitions: 3 });
    await on.write(0);
    await on.write(1);
    const claim = await headClaim(on);
    expect(claim.frontier.positions).toHaveLength(2);
    expect(await codes(on, claim)).toEqual(["consumer-inactive", "never-committed"]);
    await on.commit([0, 1n]);
    expect((await verdict(on, claim)).kind).toBe("pending");
    await on.commit([1, 1n]);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("H7: only the partitions that a token names count, and only commits of its own topic", async () => {
    await using on = await watched(kafka(), { partitions: 2 });
    await using other = await watched(kafka(), { config: { "group.id": on.group } });
    await on.write(1);
    const claim = await receiptClaim(on, await on.write(0));
    await other.write();
    await other.commit([0, 1n]);
    expect(await codes(on, claim)).toContain("never-committed");
    await on.commit([0, 1n]);
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("K9: a group that is reset or deleted takes completion back", async () => {
    await using on = await watched(kafka());
    const claim = await receiptClaim(on, await on.write());
    await on.commit([0, 1n]);
    expect((await verdict(on, claim)).kind).toBe("complete");
    await on.commit([0, 0n]);
    expect((await verdict(on, claim)).kind).toBe("pending");
    await on.commit([0, 1n]);
    await kafka().operator.deleteGroup(on.group);
    expect(await codes(on, claim)).toEqual(["consumer-inactive", "never-committed"]);
  });

  test("K10: what a group commits is received, unless the operator vouches for more", async () => {
    await using on = await watched(kafka(), { config: { level: "received" } });
    const claim = await receiptClaim(on, await on.write());
    await on.commit([0, 1n]);
    expect((await verdict(on, claim)).kind).toBe("unknown");
    expect((await verdict(on, { ...claim, level: "received" })).kind).toBe("complete");
  });

  test("K12: what retention dropped before the group came to it is lost", async () => {
    await using on = await watched(kafka());
    for (let i = 0; i < 4; i += 1) await on.write();
    const claim = await headClaim(on);
    const early = await receiptClaim(on, `${on.topic}-0-0`);
    await on.commit([0, 1n]);
    await kafka().operator.deleteRecords(on.topic, 0, 3n);
    expect(await verdict(on, early)).toEqual({ kind: "complete" });
    expect(await verdict(on, claim)).toMatchObject({ kind: "lost", reason: "dropped" });
    await expect(on.observer.receipt?.(`${on.topic}-0-2`, { signal })).rejects.toMatchObject({
      kind: "gone",
    });
  });

  test("K12: of a group that never committed, only what is wholly gone is lost", async () => {
    await using on = await watched(kafka());
    for (let i = 0; i < 4; i += 1) await on.write();
    const half = await receiptClaim(on, `${on.topic}-0-1`);
    const whole = await headClaim(on);
    await kafka().operator.deleteRecords(on.topic, 0, 2n);
    expect((await verdict(on, half)).kind).toBe("lost");
    expect((await verdict(on, whole)).kind).toBe("pending");
  });

  test("K14: a commit within an open transaction does not count, and is said to be pending", async () => {
    await using on = await watched(kafka());
    const claim = await receiptClaim(on, await on.write());
    const transaction = await kafka().operator.beginTransaction();
    await transaction.take(on.group, on.topic);
    expect(await codes(on, claim)).toContain("commit-unstable");
    await transaction.commit();
    // The marker of the commit reaches the group's coordinator a little later.
    while ((await codes(on, claim)).includes("commit-unstable"));
    expect(await verdict(on, claim)).toEqual({ kind: "complete" });
  });

  test("K13: of an engine that lags it is said that what it has done shows at its next commit only", async () => {
    await using on = await watched(kafka());
    const claim = await receiptClaim(on, await on.write());
    await on.commit([0, 0n]);
    await using member = await kafka().operator.joinGroup(on.group, on.topic);
    expect(member).toBeDefined();
    expect(await verdict(on, claim)).toMatchObject({
      kind: "pending",
      remaining: [{ lag: new Map([["0/0", 1n]]) }],
      reasons: [{ code: "processing", message: expect.stringContaining("at their checkpoints") }],
    });
  });

  test("K15: a share group is refused, as no offset tells what all its members have done", async () => {
    const topic = await kafka().operator.createTopic();
    const group = `share-${topic}`;
    await kafka().operator.joinShareGroup(group, topic);
    await expect(watched(kafka(), { topic, config: { "group.id": group } })).rejects.toThrow(
      `'group.id' names the share group '${group}'`,
    );
  });

  test("receipts of elsewhere and of what is not written yet are refused, each by its kind", async () => {
    await using on = await watched(kafka());
    const refused = (text: string): Promise<unknown> =>
      Promise.resolve(on.observer.receipt?.(text, { signal })).then(
        () => "taken",
        (error: unknown) => (error instanceof Error && "kind" in error ? error.kind : error),
      );
    expect(await refused("nonsense")).toBe("malformed");
    expect(await refused("other-0-0")).toBe("elsewhere");
    expect(await refused(`${on.topic}-7-0`)).toBe("elsewhere");
    expect(await refused(`${on.topic}-0-0`)).toBe("beyond-head");
  });

  test("what the operator must mend is said at the start, and no secret is shown", async () => {
    await expect(watched(kafka(), { topic: "no-such-topic" })).rejects.toThrow(
      "'topic' names a topic",
    );
    await expect(
      watched(kafka(), { config: { "bootstrap.servers": "127.0.0.1:1" } }),
    ).rejects.toThrow("'bootstrap.servers' can't be reached: 127.0.0.1:1");
    await expect(watched(kafka(), { config: { "bootstrap.servers": "nowhere" } })).rejects.toThrow(
      "host:port",
    );
    await expect(watched(kafka(), { config: { level: "perhaps" } })).rejects.toThrow("'level'");
    const secured = { "security.protocol": "sasl_plaintext", "sasl.username": "u" };
    await expect(watched(kafka(), { config: secured })).rejects.toThrow(
      "'sasl.password' is missing",
    );
  });

  test("a reading that fails is followed by one that does not", async () => {
    await using on = await watched(kafka());
    const { observer } = on;
    await expect(
      observer.observe({ wanted: EMPTY, signal: AbortSignal.abort(new Error("left")) }),
    ).rejects.toThrow("left");
    expect((await observer.observe({ wanted: EMPTY, signal })).frontier).toEqual(EMPTY);
  });
});
