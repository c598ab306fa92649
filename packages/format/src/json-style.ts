/** JSON styles: how flavors of output write the types that JSON lacks. */

import { base58Text } from "./base58.ts";
import { formatTimestamp } from "./date-time.ts";

/** What styles differ in. */
export interface JsonStyle {
  /** Whether decimals and variants are texts that hold what else would stand there. */
  readonly decimal: "number" | "text";
  readonly variant: "json" | "text";
  /** The text of a number of nanoseconds since 1970. */
  readonly timestamp: (nanoseconds: bigint) => string;
  /** The JSON of bytes. */
  readonly binary: (bytes: Uint8Array) => string;
}

/** The style of the flavor `default`. */
export const standardStyle: JsonStyle = {
  decimal: "number",
  variant: "json",
  timestamp: formatTimestamp,
  binary: (bytes) => `[${bytes.join(",")}]`,
};

/**
 * The style of what queries answer, as the original has Arrow write it: timestamps as in ISO 8601, and
 * a VARIANT as a text that holds its JSON.
 */
export const queryStyle: JsonStyle = {
  ...standardStyle,
  timestamp: isoTimestamp,
  variant: "text",
};

/** Styles by the flavors that write every digit; others would cut times to their units. */
export const jsonStyles: ReadonlyMap<string, JsonStyle> = new Map<string, JsonStyle>([
  ["default", standardStyle],
  ["datagen", { ...standardStyle, timestamp: rfc3339 }],
  ["snowflake", { ...standardStyle, decimal: "text", variant: "text", timestamp: rfc3339 }],
  [
    "blockchain",
    { ...standardStyle, variant: "text", binary: (bytes) => `"${base58Text(bytes)}"` },
  ],
  ["c_hex", { ...standardStyle, binary: (bytes) => `"0x${hex(bytes)}"` }],
  ["postgres", { ...standardStyle, decimal: "text", binary: (bytes) => `"\\\\x${hex(bytes)}"` }],
]);

function isoTimestamp(nanoseconds: bigint): string {
  return formatTimestamp(nanoseconds).replace(" ", "T");
}

function rfc3339(nanoseconds: bigint): string {
  return `${isoTimestamp(nanoseconds)}+00:00`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
