/** The configuration of `postgres_cdc_input`. */

import { type JsonObject } from "@tidemark/program";

import { invalid, optionalTextField, type Target, targetOf, textField } from "./target.ts";

/** The configuration of a `postgres_cdc_input` connector. */
export interface CdcConfig {
  readonly target: Target;
  readonly publication: string;
  /** `schema.table`. */
  readonly sourceTable: { readonly schema: string; readonly name: string };
  /** The replication slot's name; absent where we name it. */
  readonly slot: string | undefined;
}

/** Reads it; throws `ConfigError`. */
export function cdcConfig(config: JsonObject): CdcConfig {
  return {
    target: targetOf(config),
    publication: textField(config, "publication"),
    sourceTable: qualified(textField(config, "source_table")),
    slot: slotField(config),
  };
}

/** Reads `slot`; throws `ConfigError`. */
export function slotField(config: JsonObject): string | undefined {
  const slot = optionalTextField(config, "slot");
  if (slot === undefined || /^[a-z0-9_]{1,63}$/u.test(slot)) return slot;
  throw invalid(
    "slot",
    "has to be a slot's name: 1 to 63 lower-case letters, digits and underscores",
  );
}

function qualified(text: string): CdcConfig["sourceTable"] {
  const dot = text.indexOf(".");
  return dot < 0
    ? { schema: "public", name: text }
    : { schema: text.slice(0, dot), name: text.slice(dot + 1) };
}
