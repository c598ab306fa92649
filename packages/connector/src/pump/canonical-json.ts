/** Canonical JSON: one text for equal values, in whatever order their fields were written. */

import { type JsonValue } from "@tidemark/program";

/** JSON text with the fields of every object sorted. */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
