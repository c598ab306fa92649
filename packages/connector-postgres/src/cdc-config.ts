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

/** A name, or two with a dot between; in double quotes where it holds a dot itself. */
const QUALIFIED = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^"]+)$/u;

function qualified(text: string): CdcConfig["sourceTable"] {
  const [, schema, name] = QUALIFIED.exec(text) ?? [];
  if (name === undefined) {
    throw invalid("source_table", `has to name a table, as in public.orders; it is '${text}'`);
  }
  return { schema: schema === undefined ? "public" : unquoted(schema), name: unquoted(name) };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
