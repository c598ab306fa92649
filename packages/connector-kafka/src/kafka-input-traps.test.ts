/** What goes wrong in topics, and what is read and judged of it, on a real Kafka. */

import { frontier } from "@tidemark/core";
import { type JsonObject } from "@tidemark/program";
import { type Kafka, withKafka } from "@tidemark/systems";
import { describe, expect, test } from "vitest";

import { Following, progressOf } from "./testing/opening.ts";

/** A topic of its own, read from its first record on unless something else is said. */
async function topicOf(
  { bootstrap, operator }: Kafka,
  { partitions = 1, ...settings }: { readonly partitions?: number } & JsonObject = {},
): Promise<{
  readonly topic: string;
  readonly config: JsonObject;
  /** Writes records one by one, and answers the receipt of the last one. */
  readonly write: (values: readonly string[], partition?: number) => Promise<string>;
}> {
  const topic = await operator.createTopic({ partitions });
  const config: JsonObject = {
    "bootstrap.servers": bootstrap,
    topic,
    start_from: "earliest",
    "fetch.wait.max.ms": "20",
    ...settings,
  };
  return {
    topic,
    config,
    write: async (values, partition = 0) => {
      const records = values.map((value) => ({ value, partition }));
      const offsets = await operator.produce(topic, records);
      return `${topic}-${partition}-${offsets.at(-1)}`;
    },
  };
}

withKafka((kafka) => {
  describe("transactions", () => {
    test("K1: markers at the end of the log are passed, so that a token for the head is complete", async () => {
      const { topic, config } = await topicOf(kafka());
      const { operator } = kafka();
      await using following = await Following.open({ config });
      for (const end of ["commit", "abort"] as const) {
        const transaction = await operator.beginTransaction();
        await transaction.send(topic, [{ value: end }]);
        await transaction[end]();
      }
      // Markers are written after the end of a transaction has been answered.
      while ((await operator.end(topic)) < 4n);
      const head = await following.head();
      expect(head.frontier.positions).toEqual([["0", 4n]]);
      expect(await following.toHead()).toEqual(["commit"]);
      expect(following.verdict(head)).toEqual({ kind: "complete" });
    });

    test("K1: aborted records are given only to who reads what is not committed", async () => {
      const { topic, config, write } = await topicOf(kafka());
      const transaction = await kafka().operator.beginTransaction();
      await transaction.send(topic, [{ value: "never" }]);
      await write(["between"]);
      await transaction.abort();
      await write(["after"]);
      await using committed = await Following.open({ config });
      expect(await committed.toHead()).toEqual(["between", "after"]);
      const all = { ...config, "isolation.level": "read_uncommitted" };
      await using uncommitted = await Following.open({ config: all });
      expect(await uncommitted.toHead()).toEqual(["never", "between", "after"]);
    });

    test("K2: one's own transaction that has just been committed is covered by the head", async () => {
      const { topic, config } = await topicOf(kafka());
      await using following = await Following.open({ config });
      for (let i = 0; i < 5; i += 1) {
        const transaction = await kafka().operator.beginTransaction();
        await transaction.send(topic, [{ value: `mine ${i}` }]);
        await transaction.commit();
        expect(await following.toHead()).toEqual([`mine ${i}`]);
      }
    });

    test("K3: a hanging transaction holds a token back and is named, until it is ended", async () => {
      const { topic, config, write } = await topicOf(kafka());
      const transaction = await kafka().operator.beginTransaction();
      await transaction.send(topic, [{ value: "open" }]);
      await transaction.crash();
      const receipt = await write(["behind it"]);
      await using following = await Following.open({ config });
      const claim = await following.receipt(receipt);
      const reading = following.next();
      while (following.source.holdup?.() === undefined) await following.head();
      expect(following.verdict(claim)).toMatchObject({
        kind: "pending",
        reasons: [{ code: "transaction-open" }],
      });
      const again = await kafka().operator.beginTransaction(transaction.transactionalId);
      await again.crash();
      const batch = await reading;
      expect(batch?.changes.rows ?? []).toEqual([["behind it"]]);
      await following.toHead();
      expect(following.verdict(claim)).toEqual({ kind: "complete" });
      expect(following.source.holdup?.()).toBeUndefined();
    });
  });

  describe("topics", () => {
    test("K4: a topic that is deleted and made anew while it is read is another incarnation, read from its first record", async () => {
      const { topic, config, write } = await topicOf(kafka());
      await write(["a", "b", "c"]);
      await using following = await Following.open({ config });
      const old = await following.head();
      expect(await following.toHead()).toEqual(["a", "b", "c"]);
      await kafka().operator.recreateTopic(topic);
      await write(["d"]);
      const rows = await following.until(
        (at) => at.incarnation !== old.incarnation && at.frontier.positions.length > 0,
      );
      expect(rows).toEqual([["d"]]);
      expect(following.verdict(old)).toEqual({ kind: "complete" });
    });

    test("K4: a token on what was not read of a topic before it was replaced is lost", async () => {
      const { topic, config, write } = await topicOf(kafka());
      await write(["a"]);
      await using first = await Following.open({ config });
      await first.toHead();
      const resume = first.last;
      await first[Symbol.asyncDispose]();
      await write(["b", "c"]);
      await using asked = await Following.open({ config, resume });
      const claim = await asked.head();
      const covered = await asked.receipt(`${topic}-0-0`);
      await kafka().operator.recreateTopic(topic);
      await expect(asked.head()).rejects.toThrow("replaced by another of its name");
      await write(["d", "e", "f", "g"]);
      await using following = await Following.open({ config, resume });
      expect(await following.toHead()).toEqual(["d", "e", "f", "g"]);
      expect(following.verdict(claim).kind).toBe("lost");
      expect(following.verdict(covered).kind).toBe("complete");
    });

    test("a topic that is deleted is waited for, and its absence told", async () => {
      const { topic, config, write } = await topicOf(kafka());
      const told = Promise.withResolvers<string>();
      await write(["a"]);
      const trouble = (message: string | undefined): void => {
        if (message !== undefined) told.resolve(message);
      };
      await using following = await Following.open({ config, trouble });
      await following.toHead();
      const next = following.next();
      await kafka().operator.deleteTopic(topic);
      expect(await told.promise).toContain("topic");
      await kafka().operator.createTopic({ name: topic });
      expect((await next)?.incarnation).not.toBe(following.source.start.incarnation);
      await write(["b"]);
      expect(await following.toHead()).toEqual(["b"]);
    });

    test("K6: a partition that is added is read from its first record, also where only what is new is read", async () => {
      const { topic, config, write } = await topicOf(kafka(), { start_from: "latest" });
      await write(["before"]);
      await using following = await Following.open({ config });
      expect(following.source.start.frontier.positions).toEqual([["0", 1n]]);
      await kafka().operator.setPartitions(topic, 2);
      const receipt = await write(["first of the new"], 1);
      await write(["new"]);
      const claim = await following.receipt(receipt);
      const rows = await following.toHead();
      expect(new Set(rows)).toEqual(new Set(["first of the new", "new"]));
      expect(following.verdict(claim)).toEqual({ kind: "complete" });
      await expect(following.receipt(`${topic}-0-0`)).rejects.toMatchObject({ kind: "gone" });
    });
  });

  describe("expiry and truncation", () => {
    test("K12: records that expired unread stop the connector, with a fault that says so", async () => {
      const { topic, config, write } = await topicOf(kafka());
      await write(["a", "b", "c", "d"]);
      const { start } = await (async () => {
        await using opened = await Following.open({ config });
        return opened.source;
      })();
      await kafka().operator.deleteRecords(topic, 0, 2n);
      const resume = progressOf(start);
      await using following = await Following.open({ config, resume });
      const claim = await following.head();
      const gone = await following.next();
      expect(gone).toMatchObject({ records: 0, frontier: start.frontier });
      expect(following.verdict(claim).kind).toBe("lost");
      await expect(following.next()).rejects.toThrow("dropped records before they were read");
      const again = { config, resume: following.last };
      await using stopped = await Following.open(again);
      await expect(stopped.next()).rejects.toThrow("dropped records before they were read");
      // Asked to, it goes on behind the gap.
      const on = { ...config, resume_earliest_if_data_expires: true };
      await using going = await Following.open({ ...again, config: on });
      expect(await going.toHead()).toEqual(["c", "d"]);
    });

    test("K12: where it is asked to, reading goes on behind what expired, and tokens on that are lost", async () => {
      const { topic, config, write } = await topicOf(kafka(), {
        resume_earliest_if_data_expires: true,
      });
      await write(["a"]);
      await using first = await Following.open({ config });
      await first.toHead();
      await write(["b", "c", "d"]);
      const resume = progressOf(first.last);
      await first[Symbol.asyncDispose]();
      await kafka().operator.deleteRecords(topic, 0, 3n);
      const said: string[] = [];
      const trouble = (message: string | undefined): void => void said.push(message ?? "");
      await using following = await Following.open({ config, resume, trouble });
      const claim = await following.receipt(`${topic}-0-3`);
      expect((await following.next())?.incarnation).not.toBe(resume.incarnation);
      expect(await following.toHead()).toEqual(["d"]);
      expect(said.join()).toContain("was read to 1 and is now at 3");
      expect(following.verdict(claim).kind).toBe("lost");
      await expect(following.receipt(`${topic}-0-1`)).rejects.toMatchObject({ kind: "gone" });
    });

    test("K5: a log that was cut back is read on from the cut, and what was not read before is lost", async () => {
      const { config, write } = await topicOf(kafka());
      await write(["a", "b", "c"]);
      await using first = await Following.open({ config });
      await first.toHead();
      const { last } = first;
      await first[Symbol.asyncDispose]();
      // What an engine holds that had read five records when an election took the last two back.
      const resume = { ...last, frontier: frontier([["0", 5n]]) };
      const said: string[] = [];
      const trouble = (message: string | undefined): void => void said.push(message ?? "");
      await using following = await Following.open({ config, resume, trouble });
      await expect(following.head()).rejects.toThrow("was cut back by an election");
      await following.next();
      expect(said.join()).toContain("cut back");
      expect(following.last.incarnation).not.toBe(last.incarnation);
      expect(following.last.frontier.positions).toEqual([["0", 3n]]);
      await write(["in place of d"]);
      expect(await following.toHead()).toEqual(["in place of d"]);
    });
  });

  describe("where reading starts", () => {
    test("by a time, by offsets, by the end, and in some partitions only", async () => {
      const { bootstrap, operator } = kafka();
      const topic = await operator.createTopic({
        partitions: 2,
        settings: { "retention.ms": "-1" },
      });
      const records = [1n, 2n, 3n].map((at) => ({ value: `${at}`, timestamp: 1000n * at }));
      for (const record of records) await operator.produce(topic, [record]);
      const plain = { "bootstrap.servers": bootstrap, topic };
      const startOf = async (more: JsonObject): Promise<unknown> => {
        await using following = await Following.open({ config: { ...plain, ...more } });
        return following.source.start.frontier.positions;
      };
      expect(await startOf({ start_from: { timestamp: 2000 } })).toEqual([["0", 1n]]);
      expect(await startOf({ start_from: { timestamp: 9000 } })).toEqual([["0", 3n]]);
      expect(await startOf({ start_from: { offsets: [2, 0] } })).toEqual([["0", 2n]]);
      expect(await startOf({})).toEqual([["0", 3n]]);
      expect(await startOf({ partitions: [1] })).toEqual([]);
      await expect(startOf({ start_from: { offsets: [4, 0] } })).rejects.toThrow("holds 0 to 3");
      await expect(startOf({ start_from: { offsets: [1] } })).rejects.toThrow("2 partitions");
      await expect(startOf({ partitions: [2] })).rejects.toThrow("does not have: it has 0 to 1");
    });

    test("what the operator must mend is said at the start", async () => {
      const { config } = await topicOf(kafka());
      const opening = (more: JsonObject) => Following.open({ config: { ...config, ...more } });
      await expect(opening({ topic: "no-such-topic" })).rejects.toThrow("'topic' names a topic");
      await expect(opening({ "bootstrap.servers": "127.0.0.1:1" })).rejects.toThrow(
        "'bootstrap.servers' can't be reached: 127.0.0.1:1",
      );
      await expect(opening({ "security.protocol": "ssl" })).rejects.toThrow(
        "'security.protocol' does not fit",
      );
    });
  });
});
