/** What Debezium writes in place of a value that it was not given, in each of its types. */

import { createHash } from "node:crypto";

import { isJsonObject } from "./json-fields.ts";

const TEXT = "__debezium_unavailable_value";
const BYTES = Buffer.from(TEXT);
const MAP_AS_TEXT = JSON.stringify({ [TEXT]: TEXT });
const TEXTS: ReadonlySet<unknown> = new Set([
  TEXT,
  BYTES.toString("base64"),
  BYTES.toString("base64url"),
  BYTES.toString("hex"),
  MAP_AS_TEXT,
  uuidOf(BYTES),
]);

/** Whether a parsed value is the placeholder of a text, of bytes, of a map, or of an array of these. */
export function isUnavailable(value: unknown): boolean {
  if (typeof value === "string") return TEXTS.has(value);
  if (Array.isArray(value)) {
    return (value.length === 1 && isUnavailable(value[0])) || isOfBytes(value);
  }
  if (!isJsonObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === TEXT && value[TEXT] === TEXT;
}

/** Arrays of numbers hold the placeholder's bytes. */
function isOfBytes(values: readonly unknown[]): boolean {
  return values.length === BYTES.length && values.every((one, at) => Number(one) === BYTES[at]);
}

/** The UUID that is made of a name, of version 3. */
function uuidOf(name: Buffer): string {
  const hash = createHash("md5").update(name).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x30, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString("hex");
  return [0, 8, 12, 16, 20, 32].reduce(
    (text, from, index, cuts) =>
      index === 5 ? text : `${text}${index > 0 ? "-" : ""}${hex.slice(from, cuts[index + 1])}`,
    "",
  );
}
