/** What an observer says of a Kafka that it may not use, can't use, or can't reach any more. */

import { ConfigError } from "@tidemark/connector";
import { EMPTY } from "@tidemark/core";
import { KAFKA_CREDENTIALS, KAFKA_GUEST, withKafkaCluster } from "@tidemark/systems";
import { expect, test } from "vitest";

import { checkVersions } from "./needed-versions.ts";
import { codes, headClaim, verdict, watched } from "./testing/watched.ts";

const { signal } = new AbortController();

withKafkaCluster({}, (cluster) => {
  const as = (user: { readonly username: string; readonly password: string }) => ({
    "bootstrap.servers": cluster().securedBootstrap,
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": user.username,
    "sasl.password": user.password,
  });
  const refusal = (config: Readonly<Record<string, string>>, topic?: string): Promise<string> =>
    watched(cluster(), { config, ...(topic === undefined ? {} : { topic }) }).then(
      async (on) => {
        await on[Symbol.asyncDispose]();
        return "taken";
      },
      (error: unknown) =>
        error instanceof ConfigError ? error.message : `fault: ${String(error)}`,
    );

  test("wrong credentials, mechanisms and protocols are named, and no secret is shown", async () => {
    expect(await refusal(as(KAFKA_CREDENTIALS))).toBe("taken");
    const guessed = await refusal(as({ ...KAFKA_CREDENTIALS, password: "guessed-wrong" }));
    expect(guessed).toMatch(/^'sasl.password' or the user's name was refused/u);
    expect(guessed).not.toContain("guessed-wrong");
    const scram = { ...as(KAFKA_CREDENTIALS), "sasl.mechanism": "SCRAM-SHA-256" };
    expect(await refusal(scram)).toMatch(/^'sasl.mechanism' is not offered/u);
    const plain = { "bootstrap.servers": cluster().securedBootstrap };
    expect(await refusal(plain)).toMatch(/^'bootstrap.servers' can't be reached/u);
    const tls = { "bootstrap.servers": cluster().bootstrap, "security.protocol": "ssl" };
    expect(await refusal(tls)).toMatch(/^'(?:bootstrap.servers|security.protocol)' /u);
  });

  test("a topic or group that the user may not read is named, as is what else is missing", async () => {
    const { operator } = cluster();
    const topic = await operator.createTopic();
    const group = `g-${topic}`;
    const guest = { ...as(KAFKA_GUEST), "group.id": group };
    const { username } = KAFKA_GUEST;
    const noTopic = /^'topic' names a topic that this user may not/u;
    expect(await refusal(guest, topic)).toMatch(noTopic);
    await operator.allow(username, { operation: "DESCRIBE", on: "TOPIC", name: topic });
    expect(await refusal(guest, topic)).toMatch(
      /^'group.id' names a group that this user may not/u,
    );
    await operator.allow(username, { operation: "DESCRIBE", on: "GROUP", name: group });
    expect(await refusal(guest, topic)).toMatch(noTopic);
    await operator.allow(username, { operation: "READ", on: "TOPIC", name: topic });
    expect(await refusal(guest, topic)).toBe("taken");
  });

  test("K3: whose transaction is open is left out where the user may not know, and the rest is said", async () => {
    const { operator } = cluster();
    const topic = await operator.createTopic();
    const group = `g-${topic}`;
    const { username } = KAFKA_GUEST;
    await operator.allow(username, { operation: "DESCRIBE", on: "GROUP", name: group });
    await operator.allow(username, { operation: "READ", on: "TOPIC", name: topic });
    await using on = await watched(cluster(), {
      topic,
      config: { ...as(KAFKA_GUEST), "group.id": group },
    });
    const transaction = await operator.beginTransaction();
    await transaction.send(topic, [{ value: "open" }]);
    const claim = await headClaim(on);
    const told = await verdict(on, claim);
    await transaction.abort();
    const [, held] = told.kind === "pending" ? told.reasons : [];
    expect(held?.message).toMatch(/by producer \d+ of epoch \d+, which wrote last at 20/u);
  });

  test("K8: a topic that is gone, or without partitions that could be seen, is never told complete", async () => {
    await using on = await watched(cluster());
    const nothing = await headClaim(on);
    expect(nothing.frontier).toEqual(EMPTY);
    expect(await verdict(on, nothing)).toEqual({ kind: "complete" });
    await cluster().operator.deleteTopic(on.topic);
    await expect(verdict(on, nothing)).rejects.toThrow("does not host this topic");
    await expect(on.observer.head({ signal })).rejects.toThrow("does not host this topic");
    await cluster().operator.createTopic({ name: on.topic });
    expect((await verdict(on, nothing)).kind).toBe("lost");
  });

  test("K16: connections that are cut are made anew, and while none can be had nothing is told", async () => {
    const config = { "bootstrap.servers": cluster().proxiedBootstrap };
    await using on = await watched(cluster(), { config });
    await on.write();
    const claim = await headClaim(on);
    expect(await codes(on, claim)).toEqual(["consumer-inactive", "never-committed"]);
    const { proxy } = cluster().broker(1);
    proxy.cut();
    expect(await codes(on, claim)).toEqual(["consumer-inactive", "never-committed"]);
    await proxy.refuse();
    await expect(verdict(on, claim)).rejects.toThrow("no broker can be reached");
    await proxy.heal();
    expect(await codes(on, claim)).toEqual(["consumer-inactive", "never-committed"]);
  });
});

test("brokers that are too old are refused with the version that is needed", () => {
  const old = [{ name: "Metadata", minVersion: 0, maxVersion: 9 }];
  expect(() => checkVersions(old)).toThrow(
    "'bootstrap.servers' leads to brokers that don't offer version 12 of 'Metadata': Kafka 3.1 or later is needed",
  );
});
