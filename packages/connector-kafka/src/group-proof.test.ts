/** What a group's commits prove, and what they don't, on a real Kafka. */

import { withKafka } from "@tidemark/systems";
import { expect, test } from "vitest";

import { headClaim, receiptClaim, verdict, watched } from "./testing/watched.ts";

withKafka((kafka) => {
  test("K17: a group that began behind a record has committed beyond it: only a declared start from the first record makes that a proof", async () => {
    const { operator } = kafka();
    const topic = await operator.createTopic();
    const [skipped] = await operator.produce(topic, [{ value: "never given" }]);
    await using unknown = await watched(kafka(), { topic });
    await using latest = await watched(kafka(), {
      topic,
      config: { "auto.offset.reset": "latest" },
    });
    await using earliest = await watched(kafka(), {
      topic,
      config: { "auto.offset.reset": "earliest" },
    });
    const claim = await receiptClaim(unknown, `${topic}-0-${skipped}`);
    expect((await verdict(unknown, claim)).kind).toBe("pending");
    // A consumer with auto.offset.reset=latest begins here, and commits where it is.
    await unknown.commit([0, 1n]);
    expect(await verdict(unknown, claim)).toEqual({ kind: "complete" });
    expect([unknown, latest, earliest].map(({ observer }) => observer.tells.by)).toEqual([
      "commit",
      "commit",
      undefined,
    ]);
  });

  test("K17: a start that no consumer knows is refused", async () => {
    const config = { "auto.offset.reset": "soonest" };
    await expect(watched(kafka(), { config })).rejects.toThrow(
      "'auto.offset.reset' has to be what the engine's consumers are started with",
    );
  });

  test.each(["received", "processed"] as const)(
    "K20: a commit of a group that is declared to commit what it has %s proves nothing beyond that",
    async (level) => {
      await using on = await watched(kafka(), { config: { level } });
      const claim = await receiptClaim(on, await on.write());
      await on.commit([0, 1n]);
      expect(on.observer.tells.level).toBe(level);
      expect((await verdict(on, { ...claim, level })).kind).toBe("complete");
      expect((await verdict(on, { ...claim, level: "delivered" })).kind).toBe("unknown");
    },
  );

  test("K18: a checkpoint that a group has committed is not the sink's commit, and no level is assumed from it", async () => {
    await using on = await watched(kafka(), { config: { level: "received" } });
    await on.write();
    await on.commit([0, 1n]);
    const claim = await headClaim(on);
    for (const level of ["processed", "delivered"] as const) {
      expect(await verdict(on, { ...claim, level })).toMatchObject({ kind: "unknown" });
    }
  });
});
