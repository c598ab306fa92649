/** The configuration of `kafka_output`. */

import { durationField, wholeField } from "@tidemark/connector";
import {
  type ConnectorDeclaration,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@tidemark/program";
import { allowedCompressionsAlgorithms, type CompressionAlgorithmValue } from "@platformatic/kafka";

import {
  invalid,
  kafkaConnection,
  type KafkaConnection,
  requiredSetting,
  setting,
} from "./connection.ts";
import { checkOutputSettings } from "./output-settings.ts";

/** Where a view goes, and how. */
export interface OutputConfig {
  readonly topic: string;
  readonly connection: KafkaConnection;
  readonly clientId: string;
  /** Put on every message. */
  readonly headers: ReadonlyMap<Buffer, Buffer>;
  readonly compression: CompressionAlgorithmValue;
  /** The most that one message, or one batch of them, may take before compression. */
  readonly maxMessageBytes: number;
  /** The most messages that are on their way at once. */
  readonly maxInflight: number;
  /** The most changes that one message holds. */
  readonly changesPerMessage: number;
  /** A step that takes longer is aborted by the cluster. */
  readonly transactionTimeoutMs: number;
  /** How long opening may take, and how long of it brokers that can't be reached are waited for. */
  readonly opening: { readonly passingMs: number; readonly unreachableMs: number };
}

const MAX_MESSAGE_BYTES = 1_000_000;
const TRANSACTION_TIMEOUT_MS = 300_000;

/** Reads it; throws `ConfigError`. */
export function outputConfig({ transport, format }: ConnectorDeclaration): OutputConfig {
  const config = withProducerOptions(transport.config);
  checkOutputSettings(config);
  const perMessage = format?.config["buffer_size_records"] ?? 10_000;
  return {
    topic: requiredSetting(config, "topic"),
    connection: kafkaConnection(config),
    clientId: setting(config, "client.id") ?? "tidemark-output",
    headers: headersOf(config["headers"] ?? []),
    compression: compressionOf(config),
    maxMessageBytes: whole(config, "message.max.bytes", 1000, MAX_MESSAGE_BYTES),
    maxInflight: wholeField(config, "max_inflight_messages", { least: 1, otherwise: 1000 }),
    changesPerMessage: changesPerMessage(perMessage),
    transactionTimeoutMs: whole(config, "transaction.timeout.ms", 1000, TRANSACTION_TIMEOUT_MS),
    opening: openingOf(config),
  };
}

/** Unless it is asked to wait, an address that leads nowhere is told of soon. */
function openingOf(config: JsonObject): OutputConfig["opening"] {
  const ms = durationField(config, {
    older: "initialization_timeout_secs",
    newer: "initialization_timeout",
  });
  if (ms === undefined) return { passingMs: 60_000, unreachableMs: 2000 };
  return { passingMs: ms, unreachableMs: ms };
}

/** `fault_tolerance` is on whatever it says; what it sets for producers holds for this one. */
function withProducerOptions({ fault_tolerance: given, ...config }: JsonObject): JsonObject {
  const said = given ?? undefined;
  if (said === undefined) return config;
  const {
    producer_options: own = {},
    consumer_options: _,
    ...other
  } = isJsonObject(said) ? said : { "": said };
  const [unknown] = Object.keys(other);
  if (unknown !== undefined || !isJsonObject(own)) {
    throw invalid("fault_tolerance", "has to be {consumer_options, producer_options}, or null");
  }
  return { ...config, ...own };
}

function changesPerMessage(given: JsonValue): number {
  if (typeof given === "number" && Number.isSafeInteger(given) && given >= 1) return given;
  throw invalid("buffer_size_records", "has to be a whole number from 1, in the format's config");
}

/** A whole number, which librdkafka's settings may also give as a text. */
function whole(config: JsonObject, field: string, least: number, otherwise: number): number {
  const given = setting(config, field) ?? String(otherwise);
  const value = Number(given);
  if (/^\d+$/u.test(given) && value >= least && value <= 2 ** 31 - 1) return value;
  throw invalid(field, `has to be a whole number from ${least} to 2147483647; it is '${given}'`);
}

function compressionOf(config: JsonObject): CompressionAlgorithmValue {
  const field = config["compression.type"] === undefined ? "compression.codec" : "compression.type";
  const given = setting(config, field) ?? "none";
  const known = allowedCompressionsAlgorithms.find((one) => one === given);
  if (known !== undefined) return known;
  const all = allowedCompressionsAlgorithms.join(", ");
  throw invalid(field, `has to be one of ${all}; it is '${given}'`);
}

/** Names may be there twice, which is why they are not compared. */
function headersOf(given: JsonValue): ReadonlyMap<Buffer, Buffer> {
  if (!Array.isArray(given)) throw invalid("headers", "has to be a list of {key, value}");
  const headers = new Map<Buffer, Buffer>();
  for (const header of given) {
    const { key, value } = isJsonObject(header) ? header : {};
    if (typeof key !== "string") throw invalid("headers", "has to give each header a key, a text");
    headers.set(Buffer.from(key), headerValue(key, value));
  }
  return headers;
}

function headerValue(key: string, value: JsonValue | undefined): Buffer {
  if (typeof value === "string") return Buffer.from(value);
  if (Array.isArray(value) && value.every(isByte)) return Buffer.from(value);
  throw invalid("headers", `has to give '${key}' a value: a text, or a list of bytes`);
}

function isByte(value: JsonValue): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 256;
}
