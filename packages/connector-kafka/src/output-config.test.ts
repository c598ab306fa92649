import { type JsonObject } from "@tidemark/program";
import { expect, test } from "vitest";

import { outputConfig } from "./output-config.ts";
import { declaredOutput } from "./testing/output-place.ts";

const GIVEN = { topic: "t", "bootstrap.servers": "broker:9092" };

function read(config: JsonObject, format: JsonObject = {}) {
  return outputConfig(
    declaredOutput({ config: { ...GIVEN, ...config }, format: { name: "json", config: format } }),
  );
}

test("what is left out has its default", () => {
  expect(read({})).toMatchObject({
    topic: "t",
    compression: "none",
    maxMessageBytes: 1_000_000,
    maxInflight: 1000,
    changesPerMessage: 10_000,
    transactionTimeoutMs: 300_000,
    opening: { passingMs: 60_000, unreachableMs: 2000 },
  });
});

test("brokers that can't be reached are waited for as long as is asked", () => {
  expect(read({ initialization_timeout: "1m" }).opening).toEqual({
    passingMs: 60_000,
    unreachableMs: 60_000,
  });
  expect(() => read({ initialization_timeout: "soon" })).toThrow("is not a duration");
  expect(() => read({ initialization_timeout: "1s", initialization_timeout_secs: 1 })).toThrow(
    "the same setting",
  );
  expect(() => read({ "auto.offset.reset": "earliest" })).not.toThrow();
  const { opening } = read({ initialization_timeout_secs: 5 });
  expect(opening).toEqual({ passingMs: 5000, unreachableMs: 5000 });
});

test("settings are taken as numbers and as texts, and the producer's own come first", () => {
  const producer = { producer_options: { "message.max.bytes": "5000", acks: "all" } };
  expect(
    read({ "message.max.bytes": 4000, fault_tolerance: producer, log_level: "debug" }),
  ).toMatchObject({ maxMessageBytes: 5000 });
  expect(read({ "linger.ms": "5", fault_tolerance: null, acks: -1 })).toMatchObject({ topic: "t" });
});

test.each([
  [{ topic: null }, "topic", "is missing"],
  [{ acks: "1" }, "acks", "has to be all"],
  [{ "enable.idempotence": false }, "enable.idempotence", "has to be true"],
  [{ "transactional.id": "mine" }, "transactional.id", "is derived"],
  [{ partitioner: "murmur2" }, "partitioner", "partition 0"],
  [{ "compression.type": "brotli" }, "compression.type", "none, gzip"],
  [{ "message.max.bytes": "many" }, "message.max.bytes", "a whole number from"],
  [{ "bootstrap.server": "broker:9092" }, "bootstrap.server", "is no setting"],
  [{ "sasl.kerberos.principal": "x" }, "sasl.kerberos.principal", "is no setting"],
  [{ headers: [{ key: "a" }] }, "headers", "a value"],
  [{ headers: [{ key: "a", value: [256] }] }, "headers", "a value"],
  [{ headers: {} }, "headers", "a list"],
  [{ fault_tolerance: "yes" }, "fault_tolerance", "producer_options"],
  [{ fault_tolerance: { producer_options: { acks: "0" } } }, "acks", "has to be all"],
])("%j is refused at '%s'", (config, field, said) => {
  expect(() => read(config)).toThrow(
    expect.objectContaining({
      name: "ConfigError",
      field: `transport.config.${field}`,
      message: expect.stringContaining(said),
    }),
  );
});

test.each([0, 1.5, "2"])("%j is no number of changes to a message", (given) => {
  expect(() => read({}, { buffer_size_records: given })).toThrow("buffer_size_records");
});
