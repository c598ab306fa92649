/** The configuration of a connector whose progress is seen at a replication slot. */

import { type Level, LEVELS } from "@tidemark/core";
import { type JsonObject } from "@tidemark/program";

import { slotField } from "./cdc-config.ts";
import { invalid, optionalTextField, type Target, targetOf } from "./target.ts";

/** Where an external engine's progress is seen. */
export interface SlotConfig {
  readonly target: Target;
  readonly slot: string;
  /** What the operator declares the engine to have done before it confirms. */
  readonly level: Level;
}

/** Reads it; throws `ConfigError`. */
export function slotConfig(config: JsonObject): SlotConfig {
  const slot = slotField(config);
  if (slot === undefined) {
    throw invalid("slot", "is missing: the replication slot that the external engine reads from");
  }
  return { target: targetOf(config), slot, level: levelOf(config) };
}

/** A confirmed position proves that it was received; more is what the operator vouches for. */
function levelOf(config: JsonObject): Level {
  const given = optionalTextField(config, "level") ?? "received";
  const level = LEVELS.find((one) => one === given);
  if (level !== undefined) return level;
  throw invalid(
    "level",
    `has to say what the engine has done before it confirms: ${LEVELS.join(", ")}; it is '${given}'`,
  );
}
