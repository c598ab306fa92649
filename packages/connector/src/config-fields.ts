/** Config fields: reading one field of a connector's `transport.config`, or saying what is wrong with it. */

import { fileURLToPath } from "node:url";

import { type JsonObject, type JsonValue } from "@tidemark/program";

import { ConfigError } from "./config-error.ts";

/** A flag; absent or null means the default. */
export function flagField(config: JsonObject, field: string, otherwise: boolean): boolean {
  const value = config[field] ?? otherwise;
  if (typeof value === "boolean") return value;
  throw wrong(field, value, "true or false");
}

/** A whole number from `least` on; absent or null means the default. */
export function wholeField<T>(
  config: JsonObject,
  field: string,
  { least, otherwise }: { readonly least: number; readonly otherwise: T },
): number | T {
  const value = config[field] ?? undefined;
  if (value === undefined) return otherwise;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(field, value, `a whole number from ${least}`);
}

/** The path of a file, given as such or as a `file://` URL. */
export function pathField(config: JsonObject, field: string): string {
  const value = config[field];
  const wanted = "the path of a file, or a file:// URL with an absolute one";
  if (typeof value !== "string" || value === "" || value.includes("\0")) {
    throw wrong(field, value, wanted);
  }
  if (!value.startsWith("file:")) return value;
  try {
    return fileURLToPath(value);
  } catch (cause) {
    throw wrong(field, value, wanted, { cause });
  }
}

function wrong(
  field: string,
  value: JsonValue | undefined,
  wanted: string,
  options?: ErrorOptions,
): ConfigError {
  const found = value === undefined ? "it is missing" : `found ${JSON.stringify(value)}`;
  const message = `'${field}' has to be ${wanted}; ${found}`;
  return new ConfigError(`transport.config.${field}`, message, "invalid", options);
}
