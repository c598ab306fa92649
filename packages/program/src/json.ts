/** JSON as parsed: reading it from text and telling its shapes apart. */

import { type JsonObject, type JsonValue } from "./program.ts";

/** What reading a JSON text answers. */
export type ParsedJson =
  | { readonly kind: "json"; readonly value: JsonValue }
  | { readonly kind: "broken"; readonly reason: string };

/** Reads a JSON text; never throws. */
export function parseJson(text: string): ParsedJson {
  try {
    const value: unknown = JSON.parse(text);
    if (isJson(value)) return { kind: "json", value };
    return { kind: "broken", reason: "not JSON" };
  } catch (error) {
    return { kind: "broken", reason: withoutExcerpt(String(error)) };
  }
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names the JSON kind of a value for a message. */
export function jsonKind(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return `${typeof value} ${JSON.stringify(value)}`;
}

function isJson(value: unknown): value is JsonValue {
  return value === null || ["boolean", "number", "string", "object"].includes(typeof value);
}

/** What can't be read may hold a secret, so the reason does not repeat it. */
function withoutExcerpt(reason: string): string {
  return reason
    .replace(/^SyntaxError: /u, "")
    .replace(/, (?:\.\.\.)?"[^]*"(?:\.\.\.)? is not valid JSON$/u, "");
}
