/** The metadata of a push: one JSON object, which `CONNECTOR_METADATA()` reads for each of its records. */

import { type JsonValue } from "@tidemark/program";

import { invalidParam } from "./errors/token.ts";

const MAX_LENGTH = 65_536;
const MAX_DEPTH = 32;

/**
 * The object's JSON text, each key once; throws `InvalidParam` for what is no object, and for what
 * an engine could not hold exactly.
 */
export function pushMetadata(text: string): string {
  if (text.length > MAX_LENGTH) {
    throw refused(`has ${text.length} characters, and may have ${MAX_LENGTH}`);
  }
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused(`has to be a JSON object such as {"name": "value"}`);
  }
  check(value, 1);
  return JSON.stringify(value);
}

function parsed(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    throw refused(`has to be a JSON object such as {"name": "value"}, and is not JSON`);
  }
}

function check(value: JsonValue, depth: number): void {
  if (depth > MAX_DEPTH) throw refused(`is nested deeper than ${MAX_DEPTH} levels`);
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw refused(`has the number ${value}, which JSON readers round; give it as a text`);
  }
  if (typeof value === "string") checkText(value);
  if (typeof value !== "object" || value === null) return;
  for (const [key, one] of Object.entries<JsonValue>(value)) {
    checkText(key);
    check(one, depth + 1);
  }
}

function checkText(text: string): void {
  if (text.isWellFormed() && !text.includes("\0")) return;
  throw refused(`has the text ${JSON.stringify(text)}, which is not Unicode text without U+0000`);
}

function refused(why: string): Error {
  return invalidParam(`'connector_metadata' ${why}`);
}
