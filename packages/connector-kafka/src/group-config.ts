/** The configuration of a connector whose progress is seen in a consumer group's commits. */

import { ConfigError } from "@tidemark/connector";
import { type Level, LEVELS } from "@tidemark/core";
import { type JsonObject } from "@tidemark/program";

import { type Isolation } from "./readable.ts";

/** Where an external engine's progress is seen. */
export interface GroupConfig {
  readonly topic: string;
  readonly group: string;
  /** What the operator declares the engine to have done before it commits. */
  readonly level: Level;
  /**
   * What the engine is given. Unless it is said to read what is committed only, aborted records at
   * the end of a log count as something that it has yet to read.
   */
  readonly isolation: Isolation;
  /**
   * Where the operator declares the engine to begin to read a partition of which its group has
   * committed nothing: only with `earliest` a commit proves that all below it was read.
   */
  readonly start: "earliest" | "undeclared";
}

/** Reads it; throws `ConfigError`. */
export function groupConfig(config: JsonObject): GroupConfig {
  return {
    topic: textField(config, "topic", "the topic that the external engine reads"),
    group: textField(config, "group.id", "the consumer group that the external engine commits as"),
    level: levelOf(config),
    isolation: isolationOf(config),
    start: startOf(config),
  };
}

/** A committed offset proves that it was received (KIP-98 says no more); the rest is vouched for. */
function levelOf(config: JsonObject): Level {
  const given = config["level"] ?? "received";
  const level = LEVELS.find((one) => one === given);
  if (level !== undefined) return level;
  throw new ConfigError(
    "transport.config.level",
    `'level' has to say what the engine has done before it commits: ${LEVELS.join(", ")}; it is ${JSON.stringify(given)}`,
  );
}

function isolationOf(config: JsonObject): Isolation {
  const given = config["isolation.level"] ?? "read_uncommitted";
  if (given === "read_committed" || given === "read_uncommitted") return given;
  throw new ConfigError(
    "transport.config.isolation.level",
    `'isolation.level' has to be read_committed or read_uncommitted; it is ${JSON.stringify(given)}`,
  );
}

const EARLIEST: ReadonlySet<unknown> = new Set(["earliest", "beginning", "smallest"]);
/** With these a group may have been started behind records that it never was given. */
const ELSEWHERE: ReadonlySet<unknown> = new Set([
  undefined,
  "latest",
  "end",
  "largest",
  "none",
  "error",
]);

function startOf(config: JsonObject): GroupConfig["start"] {
  const given = config["auto.offset.reset"];
  if (EARLIEST.has(given)) return "earliest";
  if (ELSEWHERE.has(given)) return "undeclared";
  throw new ConfigError(
    "transport.config.auto.offset.reset",
    `'auto.offset.reset' has to be what the engine's consumers are started with: earliest, latest or none; it is ${JSON.stringify(given)}`,
  );
}

function textField(config: JsonObject, field: string, what: string): string {
  const value = config[field];
  if (typeof value === "string" && value !== "") return value;
  throw new ConfigError(`transport.config.${field}`, `'${field}' is missing: ${what}`);
}
