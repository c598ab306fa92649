/** What a `kafka_input` may be configured with, and what is said of the rest. */

import { type JsonObject } from "@tidemark/program";
import { expect, test } from "vitest";

import { kafkaInputConfig } from "./kafka-input-config.ts";

const PLAIN = { topic: "t", "bootstrap.servers": "a:9092, b:9092" };

test("what is not said has librdkafka's default, but for what is committed and how much comes at once", () => {
  expect(kafkaInputConfig(PLAIN)).toMatchObject({
    topic: "t",
    connection: { bootstrapBrokers: ["a:9092", "b:9092"] },
    startFrom: { kind: "latest" },
    isolation: "read_committed",
    ends: false,
    resumesWhereExpired: false,
    fetch: { partitionMaxBytes: 1_048_576, minBytes: 1, waitMs: 500 },
  });
});

test.each<JsonObject>([
  { "group.id": "g", "client.id": "c", "session.timeout.ms": 6000, "enable.auto.commit": "true" },
  { "max.poll.interval.ms": "1", "heartbeat.interval.ms": 3, "coordinator.query.interval.ms": 1 },
  { "auto.offset.reset": "latest", poller_threads: 4, group_join_timeout_secs: 20 },
  { "auto.offset.reset": "earliest", start_from: { offsets: [1, 2] }, partitions: [0, 3] },
  { log_level: "debug", region: "eu-1", "socket.keepalive.enable": "true", level: "processed" },
  { "queued.min.messages": 1, "fetch.queue.backoff.ms": 5, "statistics.interval.ms": 0 },
  { include_topic: false, synchronize_partitions: false, header_filter: null, partitions: null },
  {
    "message.max.bytes": 1,
    "receive.message.max.bytes": 2,
    "max.in.flight": 3,
    "check.crcs": false,
  },
])("what changes nothing here is taken: %j", (more) => {
  expect(() => kafkaInputConfig({ ...PLAIN, ...more })).not.toThrow();
});

test.each<readonly [JsonObject, string]>([
  [{ topic: "" }, "'topic' has to name a topic"],
  [{ "fetch.max.byte": 1 }, "'fetch.max.byte' is no setting of this connector"],
  [{ synchronize_partitions: true }, "'synchronize_partitions' is not offered"],
  [{ include_offset: 1 }, "'include_offset'"],
  [{ header_filter: ["a"] }, "'header_filter' has to be"],
  [{ "check.crcs": "true" }, "'check.crcs' is not offered"],
  [{ "sasl.kerberos.service.name": "kafka" }, "Kerberos, which is not offered"],
  [{ "ssl.keystore.location": "/k" }, "give certificates and keys as PEM"],
  [{ "isolation.level": "read_most" }, "read_committed or read_uncommitted"],
  [{ "auto.offset.reset": "earliest" }, "while 'start_from' says 'latest'"],
  [{ start_from: "middle" }, '"latest", "earliest"'],
  [{ start_from: { timestamp: -1 } }, '"latest", "earliest"'],
  [{ start_from: { offsets: [1], timestamp: 2 } }, '"latest", "earliest"'],
  [{ partitions: [0, 0] }, "has to list partitions"],
  [{ "fetch.min.bytes": 0 }, "a whole number from 1"],
  [{ "enable.partition.eof": "perhaps" }, "has to be true or false"],
  [{ "security.protocol": "sasl_ssl", "sasl.username": "u" }, "'sasl.password' is missing"],
  [{ "group.id": { a: 1 } }, "has to be a text, a number or a flag"],
])("what can't be honoured is refused: %j", (more, said) => {
  expect(() => kafkaInputConfig({ ...PLAIN, ...more })).toThrow(said);
});
