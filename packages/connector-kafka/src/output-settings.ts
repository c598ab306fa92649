/** Output settings: which of a producer's settings mean something here, and which can't be honoured. */

import { type JsonObject } from "@tidemark/program";

import { CONNECTION_SETTINGS, invalid, setting } from "./connection.ts";

/** What is honoured besides the settings of the connection. */
const HONOURED: ReadonlySet<string> = new Set([
  "topic",
  "headers",
  "client.id",
  "message.max.bytes",
  "max_inflight_messages",
  "transaction.timeout.ms",
  "initialization_timeout_secs",
  "initialization_timeout",
  "compression.type",
  "compression.codec",
]);

/** Tuning of a client that works otherwise than ours: leaving it out gives the same records. */
const HARMLESS = [
  /^(?:linger\.ms|batch\.size|batch\.num\.messages|queue\.buffering\..+|sticky\.partitioning\.linger\.ms)$/u,
  /^(?:max\.in\.flight(?:\.requests\.per\.connection)?|message\.copy\.max\.bytes)$/u,
  /^(?:retries|message\.send\.max\.retries|retry\.backoff(?:\.max)?\.ms|compression\.level)$/u,
  /^(?:delivery\.timeout\.ms|message\.timeout\.ms|request\.timeout\.ms|receive\.message\.max\.bytes)$/u,
  /^(?:socket\..+|connections\.max\.idle\.ms|reconnect\.backoff(?:\.max)?\.ms|delivery\.report\.only\.error)$/u,
  /^(?:metadata\..+|topic\.metadata\..+|broker\.(?:address\..+|version\.fallback)|api\.version\..+)$/u,
  /^(?:statistics\.interval\.ms|enable\.metrics\.push|enable\.gapless\.guarantee|enable\.random\.seed)$/u,
  // Of a consumer, which an output has none of.
  /^auto\.offset\.reset$/u,
  /^(?:client\.(?:rack|dns\.lookup)|debug|log_level|log\..+|kafka_service)$/u,
];

/** Settings that have one value that fits: each step is one transaction, acknowledged by all. */
const FIXED: ReadonlyMap<string, readonly [allowed: RegExp, why: string]> = new Map([
  ["acks", [/^(?:all|-1)$/u, "has to be all, as each step is written in one transaction"]],
  ["request.required.acks", [/^(?:all|-1)$/u, "has to be -1, as each step is one transaction"]],
  ["enable.idempotence", [/^true$/u, "has to be true, as each step is one transaction"]],
  ["transactional.id", [/^$/u, "is derived from the pipeline's storage, and can't be given"]],
  [
    "partitioner",
    [
      /^(?:consistent_random|murmur2_random|fnv1a_random)$/u,
      "can't be chosen: all of a view goes to partition 0, so that it is read in order",
    ],
  ],
]);

/** Throws a `ConfigError` for the first setting that can't be honoured, or that nobody knows. */
export function checkOutputSettings(config: JsonObject): void {
  for (const field of Object.keys(config)) {
    if (HONOURED.has(field) || CONNECTION_SETTINGS.has(field)) continue;
    const given = setting(config, field);
    const fixed = FIXED.get(field);
    if (fixed !== undefined) {
      if (given !== undefined && !fixed[0].test(given.toLowerCase())) {
        throw invalid(field, `${fixed[1]}; it is '${given}'`);
      }
    } else if (!HARMLESS.some((pattern) => pattern.test(field))) {
      throw invalid(field, "is no setting of kafka_output, nor one of librdkafka that it knows");
    }
  }
}
