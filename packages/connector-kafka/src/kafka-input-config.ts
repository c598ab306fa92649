/** The configuration of `kafka_input`, as the embedded engine reads it. */

import { ConfigError, flagField } from "@tidemark/connector";
import { type JsonObject, type JsonValue } from "@tidemark/program";

import { checkSettings } from "./client-settings.ts";
import { invalid, type KafkaConnection, kafkaConnection, setting } from "./connection.ts";
import { headerFilter, type Passes } from "./header-filter.ts";
import { type Isolation } from "./readable.ts";
import { type Attribute, ATTRIBUTES } from "./record-metadata.ts";

/** Where reading starts, the first time. */
type StartFrom =
  | { readonly kind: "latest" }
  | { readonly kind: "earliest" }
  | { readonly kind: "timestamp"; readonly ms: number }
  | { readonly kind: "offsets"; readonly offsets: readonly number[] };

/** How much one request asks for. */
export interface FetchLimits {
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
  readonly minBytes: number;
  readonly waitMs: number;
}

/** A topic, and how it is read. */
export interface KafkaInputConfig {
  readonly topic: string;
  readonly connection: KafkaConnection;
  readonly startFrom: StartFrom;
  /** The partitions to be read; all of them where it is absent. */
  readonly partitions: ReadonlySet<number> | undefined;
  readonly isolation: Isolation;
  /** Whether reading goes on behind records that expired unread. */
  readonly resumesWhereExpired: boolean;
  /** Whether input ends where the log does. */
  readonly ends: boolean;
  readonly fetch: FetchLimits;
  /** How often it is looked whether the topic has more partitions. */
  readonly refreshMs: number;
  /** What is told of records beside their values. */
  readonly included: readonly Attribute[];
  /** Which records are taken up; all where it is absent. */
  readonly passes: Passes | undefined;
}

const OWN: ReadonlySet<string> = new Set([
  "topic",
  "start_from",
  "partitions",
  "isolation.level",
  "auto.offset.reset",
  "resume_earliest_if_data_expires",
  "enable.partition.eof",
  "fetch.message.max.bytes",
  "max.partition.fetch.bytes",
  "fetch.max.bytes",
  "fetch.min.bytes",
  "fetch.wait.max.ms",
  "topic.metadata.refresh.interval.ms",
  "check.crcs",
  "poller_threads",
  "group_join_timeout_secs",
  "group_join_timeout",
  "region",
  "synchronize_partitions",
  "header_filter",
  "include_headers",
  "include_topic",
  "include_partition",
  "include_offset",
  "include_timestamp",
]);

/** An answer is taken apart in one go, during which nothing else goes on: smaller than librdkafka's. */
const FETCH_MAX_BYTES = 8 * 1024 * 1024;
const PARTITION_MAX_BYTES = 1024 * 1024;
const FETCH_WAIT_MS = 500;
const REFRESH_MS = 30_000;
const MOST = 2_147_483_647;

/** Reads it; throws `ConfigError`. */
export function kafkaInputConfig(config: JsonObject): KafkaInputConfig {
  checkSettings(config, OWN);
  refuseUnoffered(config);
  const { topic } = config;
  const filter = config["header_filter"] ?? undefined;
  if (typeof topic !== "string" || topic === "") throw invalid("topic", "has to name a topic");
  const startFrom = startOf(config["start_from"] ?? "latest");
  checkReset(config, startFrom);
  const partitionField =
    "fetch.message.max.bytes" in config ? "fetch.message.max.bytes" : "max.partition.fetch.bytes";
  return {
    topic,
    connection: kafkaConnection(config),
    startFrom,
    partitions: partitionsOf(config["partitions"] ?? undefined),
    isolation: isolationOf(config),
    resumesWhereExpired: flagField(config, "resume_earliest_if_data_expires", false),
    ends: saysTrue(config, "enable.partition.eof"),
    fetch: {
      maxBytes: whole(config, "fetch.max.bytes", 1, FETCH_MAX_BYTES),
      partitionMaxBytes: whole(config, partitionField, 1, PARTITION_MAX_BYTES),
      minBytes: whole(config, "fetch.min.bytes", 1, 1),
      waitMs: Math.min(whole(config, "fetch.wait.max.ms", 0, FETCH_WAIT_MS), 300_000),
    },
    refreshMs: whole(config, "topic.metadata.refresh.interval.ms", 10, REFRESH_MS),
    included: ATTRIBUTES.filter((each) => flagField(config, `include_${each}`, false)),
    passes: filter === undefined ? undefined : headerFilter(filter),
  };
}

function refuseUnoffered(config: JsonObject): void {
  if (flagField(config, "synchronize_partitions", false)) {
    throw notOffered("synchronize_partitions", "each partition is read as fast as it comes");
  }
  if (saysTrue(config, "check.crcs")) {
    throw notOffered("check.crcs", "checksums of batches are not checked");
  }
}

function notOffered(field: string, why: string): ConfigError {
  const message = `'${field}' is not offered: ${why}`;
  return new ConfigError(`transport.config.${field}`, message, "unsupported");
}

function startOf(given: JsonValue): StartFrom {
  if (given === "latest" || given === "earliest") return { kind: given };
  if (isObject(given)) {
    const { timestamp: ms, offsets, ...others } = given;
    if (Object.keys(others).length === 0 && isWhole(ms) && offsets === undefined) {
      return { kind: "timestamp", ms };
    }
    if (Object.keys(others).length === 0 && Array.isArray(offsets) && ms === undefined) {
      const all = offsets.filter(isWhole);
      if (all.length === offsets.length && all.length > 0) return { kind: "offsets", offsets: all };
    }
  }
  throw invalid(
    "start_from",
    `has to be "latest", "earliest", {"timestamp": milliseconds} or {"offsets": [one of each partition]}; it is ${JSON.stringify(given)}`,
  );
}

/** Where there is nothing committed, `start_from` says where to start; a reset must not say otherwise. */
function checkReset(config: JsonObject, startFrom: StartFrom): void {
  const reset = setting(config, "auto.offset.reset");
  if (reset === undefined) return;
  const meant = ["earliest", "beginning", "smallest"].includes(reset) ? "earliest" : "latest";
  const known = ["earliest", "beginning", "smallest", "latest", "end", "largest", "error"];
  if (!known.includes(reset)) throw invalid("auto.offset.reset", `has to be earliest or latest`);
  if (reset === "error" || startFrom.kind === meant) return;
  if (startFrom.kind === "offsets" || startFrom.kind === "timestamp") return;
  throw invalid(
    "auto.offset.reset",
    `says '${reset}' while 'start_from' says '${startFrom.kind}': say it in 'start_from' alone`,
  );
}

function partitionsOf(given: JsonValue | undefined): ReadonlySet<number> | undefined {
  if (given === undefined) return undefined;
  const all = Array.isArray(given) ? given.filter(isWhole) : [];
  const wanted = new Set(all);
  if (Array.isArray(given) && wanted.size === given.length && wanted.size > 0) return wanted;
  throw invalid(
    "partitions",
    `has to list partitions by their numbers; it is ${JSON.stringify(given)}`,
  );
}

function isolationOf(config: JsonObject): Isolation {
  const given = setting(config, "isolation.level") ?? "read_committed";
  if (given === "read_committed" || given === "read_uncommitted") return given;
  throw invalid(
    "isolation.level",
    `has to be read_committed or read_uncommitted; it is '${given}'`,
  );
}

function whole(config: JsonObject, field: string, least: number, otherwise: number): number {
  const given = setting(config, field);
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= least && value <= MOST) return value;
  throw invalid(field, `has to be a whole number from ${least} to ${MOST}; it is '${given}'`);
}

function saysTrue(config: JsonObject, field: string): boolean {
  const given = setting(config, field) ?? "false";
  if (given === "true" || given === "false") return given === "true";
  throw invalid(field, `has to be true or false; it is '${given}'`);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWhole(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
