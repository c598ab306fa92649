/** Reading a configuration object: known fields checked and filled in, unknown ones left out. */

import {
  AmountError,
  type AmountKind,
  amountOf,
  type JsonObject,
  type JsonValue,
  twice,
} from "@tidemark/program";

/** Reads one value; throws `FieldError` where it has the wrong type. */
export type Reader = (value: JsonValue, path: string) => JsonValue;

/** A field: how its value is read, and what it is where it isn't given. */
export interface ConfigField {
  readonly read: Reader;
  readonly missing: JsonValue;
  /** Its own fields, where it is an object. */
  readonly within?: ConfigFields;
  /** Its newer name, under which it is an amount with its unit. */
  readonly newer?: AmountKind & { readonly name: string };
}

/** The fields of an object, by name. */
export type ConfigFields = Readonly<Record<string, ConfigField>>;

/** A value of the wrong type; the message names the field, what it takes and what it was given. */
export class FieldError extends Error {
  constructor(path: string, takes: string, value: JsonValue) {
    super(`field '${path}' takes ${takes}, got ${shown(value)}`);
    this.name = "FieldError";
  }
}

/** Reads an object by its fields, in their order. */
export function readFields(value: JsonObject, fields: ConfigFields, path = ""): JsonObject {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  return Object.fromEntries(
    Object.entries(fields).map(([name, taken]) => {
      const given = value[name];
      const newer = newerEntry(value, name, taken, at);
      return newer ?? [name, given === undefined ? taken.missing : taken.read(given, at(name))];
    }),
  );
}

/** The field under its newer name, where it is given so: it is answered as it was written. */
function newerEntry(
  value: JsonObject,
  older: string,
  { newer, missing }: ConfigField,
  at: (name: string) => string,
): readonly [string, JsonValue] | undefined {
  const given = newer === undefined ? undefined : value[newer.name];
  if (newer === undefined || given === undefined) return undefined;
  const olderGiven = value[older] ?? null;
  // A client that leaves a setting alone may send its name with null.
  if (given === null) return olderGiven === null && missing !== 0 ? [newer.name, null] : undefined;
  if (olderGiven !== null) {
    throw new FieldError(
      at(newer.name),
      `its value once: ${twice({ older, newer: newer.name })}`,
      given,
    );
  }
  try {
    amountOf(given, newer);
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new FieldError(at(newer.name), `an amount with its unit: ${error.message}`, given);
  }
  return [newer.name, given];
}

/** The same amounts however they are written, for comparing. */
export function sameAmounts(value: JsonObject, fields: ConfigFields): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { newer, within }]) => {
      const given = value[name] ?? (newer === undefined ? undefined : value[newer.name]) ?? null;
      if (newer !== undefined && given !== null) return [name, String(amountOf(given, newer))];
      return [name, within !== undefined && isObject(given) ? sameAmounts(given, within) : given];
    }),
  );
}

/** A field that is also given under a newer name, as an amount with its unit. */
export function renamed(
  older: ConfigField,
  name: string,
  kind: AmountKind["kind"],
  unit: string,
): ConfigField {
  return { ...older, newer: { name, kind, unit } };
}

/** A field that takes what `read` takes. */
export function field(read: Reader, missing: JsonValue): ConfigField {
  return { read, missing };
}

/** A field that also takes null, and is null where it isn't given. */
export function nullable(read: Reader, missing: JsonValue = null): ConfigField {
  return { read: (value, path) => (value === null ? null : read(value, path)), missing };
}

/** Reads true or false. */
export function bool(value: JsonValue, path: string): JsonValue {
  if (typeof value !== "boolean") throw new FieldError(path, "true or false", value);
  return value;
}

/** Reads a text. */
export function text(value: JsonValue, path: string): JsonValue {
  if (typeof value !== "string") throw new FieldError(path, "a text", value);
  return value;
}

/** Reads any number. */
export function decimal(value: JsonValue, path: string): JsonValue {
  if (typeof value !== "number") throw new FieldError(path, "a number", value);
  return value;
}

/** Reads a whole number from 0. */
export function whole(value: JsonValue, path: string): JsonValue {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new FieldError(path, "a whole number from 0", value);
  }
  return value;
}

/** Reads anything. */
export function anything(value: JsonValue): JsonValue {
  return value;
}

/** Reads one of these words. */
export function oneOf(...words: readonly string[]): Reader {
  return (value, path) => {
    if (typeof value !== "string" || !words.includes(value)) {
      throw new FieldError(path, `one of ${words.join(", ")}`, value);
    }
    return value;
  };
}

/** Reads a list. */
export function listOf(read: Reader): Reader {
  return (value, path) => {
    if (!Array.isArray(value)) throw new FieldError(path, "a list", value);
    const items: readonly JsonValue[] = value;
    return items.map((item, i) => read(item, `${path}[${i}]`));
  };
}

/** Reads an object whose keys are free. */
export function mapOf(read: Reader): Reader {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(objectAt(value, path)).map(([key, item]) => [
        key,
        read(item, `${path}.${key}`),
      ]),
    );
}

/** Reads an object with these fields. */
export function objectOf(fields: ConfigFields): Reader {
  return (value, path) => readObject(value, path, fields);
}

/** Reads an object with these fields, at once. */
export function readObject(value: JsonValue, path: string, fields: ConfigFields): JsonObject {
  return readFields(objectAt(value, path), fields, path);
}

function objectAt(value: JsonValue, path: string): JsonObject {
  if (!isObject(value)) throw new FieldError(path, "an object", value);
  return value;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: JsonValue): string {
  const json = JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
