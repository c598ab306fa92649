/** Finds the columns of a table or row type among the keys of a JSON object. */

import { type Identifier } from "@tidemark/program";
import { isLosslessNumber } from "lossless-json";

import { ValueFault } from "./value-fault.ts";

/** A JSON object as parsed. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The value of each column, by place; `undefined` where its key is missing. */
export type FieldMatcher = (object: JsonRecord) => readonly unknown[];

/** Whether a parsed value is an object. */
export function isJsonObject(value: unknown): value is JsonRecord {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value)
  );
}

/**
 * Matches names as SQL does: those of unquoted columns in any case, those of quoted ones exactly,
 * with a `ValueFault` for a quoted name in the wrong case. Unknown keys are ignored.
 */
export function fieldMatcher(ids: readonly Identifier[]): FieldMatcher {
  const names = ids.map((id) => id.name);
  const bySpelling = spellingMatcher(ids);
  if (names.some((name) => name in Object.prototype)) return bySpelling;
  return (object) => {
    const values: unknown[] = [];
    for (const name of names) {
      const value = object[name];
      if (value === undefined) return bySpelling(object);
      values.push(value);
    }
    return values;
  };
}

function spellingMatcher(ids: readonly Identifier[]): FieldMatcher {
  const exact = new Map(ids.map((id, index) => [id.name, index]));
  const folded = new Map(ids.map((id, index) => [id.name.toLowerCase(), index]));
  for (const [index, id] of ids.entries()) if (!id.quoted) folded.set(id.name, index);
  return (object) => {
    const values: unknown[] = ids.map(() => undefined);
    for (const key of Object.keys(object)) {
      const index = exact.get(key) ?? folded.get(key.toLowerCase());
      if (index === undefined) continue;
      const id = ids[index];
      if (id !== undefined && id.quoted && id.name !== key) {
        throw new ValueFault(
          `incorrect case-sensitive field name: expected: ${id.name}, found: ${key}`,
          id.name,
        );
      }
      values[index] = object[key];
    }
    return values;
  };
}
