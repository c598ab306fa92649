/** What an observer sees of a cluster of three whose brokers fail. */

import { openObserved, SYSTEM_CLOCK } from "@tidemark/connector";
import { type Claim, type Verdict } from "@tidemark/core";
import { parseProgram, type Program } from "@tidemark/program";
import { withKafkaCluster } from "@tidemark/systems";
import { expect, test } from "vitest";

import { groupObservers } from "./group-observing.ts";
import { headClaim, verdict, watched } from "./testing/watched.ts";

const { signal } = new AbortController();

function programOf(config: Readonly<Record<string, string>>): Program {
  const connectors = [{ name: "c", transport: { name: "kafka_input", config } }];
  const parsed = parseProgram(
    `CREATE TABLE t (id BIGINT) WITH ('connectors' = '${JSON.stringify(connectors)}')`,
  );
  if (parsed.kind !== "program") throw new TypeError("the program parses");
  return parsed.program;
}

withKafkaCluster({ brokers: 3 }, (cluster) => {
  test("K5: what an unclean election cut off is lost, although as much was written and committed again", async () => {
    const { operator } = cluster();
    const topic = await operator.createTopic({
      brokers: [1, 2],
      settings: { "unclean.leader.election.enable": "true", "min.insync.replicas": "1" },
    });
    await using on = await watched(cluster(), { topic });
    await on.write();
    await on.write();
    const kept = await headClaim(on);
    await cluster().broker(2).kill();
    await on.write();
    await on.write();
    const cut = await headClaim(on);
    await on.commit([0, 2n]);
    expect((await verdict(on, cut)).kind).toBe("pending");
    await cluster().broker(1).kill();
    await cluster().broker(2).start();
    for (let i = 0; i < 4; i += 1) await on.write();
    await on.commit([0, 6n]);
    expect(await verdict(on, cut)).toMatchObject({ kind: "lost", reason: "cut-back" });
    expect(await verdict(on, kept)).toEqual({ kind: "complete" });
    expect(await verdict(on, await headClaim(on))).toEqual({ kind: "complete" });
    await cluster().broker(1).start();
  });

  test("K16: while the group's coordinator stands still nothing is known but the age of the last reading, and then another one tells", async () => {
    const { operator, bootstrap } = cluster();
    const topic = await operator.createTopic();
    const group = `g-${topic}`;
    const config = { "bootstrap.servers": bootstrap, topic, "group.id": group };
    await operator.produce(topic, [{ value: "x" }]);
    await operator.commitGroup(group, topic, new Map([[0, 1n]]));
    await using pipeline = await openObserved({
      program: programOf(config),
      observers: new Map([["kafka_input", groupObservers("kafka_input", SYSTEM_CLOCK)]]),
      life: "p",
      directory: (name) => `/nowhere/${name}`,
      secrets: ({ name }) => ({ kind: "missing", why: `nobody knows '${name}'` }),
      clock: SYSTEM_CLOCK,
      random: () => 0.5,
      pacing: { shortestMs: 1, longestMs: 2, longestBackOffMs: 4 },
      log: () => {},
      signal,
    });
    const [input] = pipeline.inputs();
    if (input === undefined) throw new TypeError("the pipeline has an input");
    const { id } = input;
    const progress = await pipeline.position(id, "head", { signal });
    if (progress === undefined) throw new TypeError("the observer tells the head");
    const claims: readonly Claim[] = [{ connector: id, ...progress, level: "received" }];
    const told = async (): Promise<Verdict> => {
      await pipeline.refresh?.(claims, { signal });
      return pipeline.board.judge(claims);
    };
    expect(await told()).toEqual({ kind: "complete" });
    const coordinator = cluster().broker(await operator.coordinator(group));
    await coordinator.pause();
    expect(await told()).toMatchObject({
      kind: "unknown",
      message: expect.stringMatching(/the last reading succeeded \d+\.\d s ago/u),
    });
    while ((await told()).kind === "unknown");
    expect(await told()).toEqual({ kind: "complete" });
    expect(coordinator.halted).toBe(true);
    coordinator.resume();
  });
});
