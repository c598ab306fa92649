/** Config fields: reading one field of a connector's `transport.config`, or saying what is wrong with it. */

import { fileURLToPath } from "node:url";

import {
  AmountError,
  amountOf,
  inUnits,
  type JsonObject,
  type JsonValue,
  twice,
} from "@tidemark/program";

import { ConfigError } from "./config-error.ts";

const MILLISECONDS = { kind: "duration", unit: "ms" } as const;

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

/**
 * Milliseconds, from 1, of a setting that older clients give in whole seconds and newer ones as a text
 * such as `10s`, by another name; undefined where it is given by neither.
 */
export function durationField(
  config: JsonObject,
  names: { readonly older: string; readonly newer: string },
): number | undefined {
  const { older, newer } = names;
  const seconds = wholeField(config, older, { least: 1, otherwise: undefined });
  const given = config[newer] ?? undefined;
  if (given === undefined) return seconds === undefined ? undefined : 1000 * seconds;
  try {
    if (seconds !== undefined) throw new AmountError(twice(names));
    const ms = inUnits(amountOf(given, { kind: "duration", unit: "s" }), MILLISECONDS);
    if (ms >= 1 && Number.isSafeInteger(ms)) return ms;
    throw new AmountError(`${JSON.stringify(given)} is not a duration from 1ms`);
  } catch (cause) {
    if (!(cause instanceof AmountError)) throw cause;
    throw new ConfigError(`transport.config.${newer}`, cause.message, "invalid", { cause });
  }
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
