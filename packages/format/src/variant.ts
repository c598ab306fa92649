/** Values of type VARIANT: any JSON, kept as text that every reader can take apart. */

import { isLosslessNumber } from "lossless-json";

import { exactJson, jsonText } from "./exact-json.ts";
import { ValueFault } from "./value-fault.ts";

/** Deeper values overflow the stacks of readers. */
const MAX_DEPTH = 128;

/** Half of a surrogate pair, which stays escaped in text that is otherwise written out. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/u;

/** The JSON text of a parsed value; throws `ValueFault` where readers could not take it apart. */
export function variantText(value: unknown): string {
  refuseDeep(value, MAX_DEPTH);
  const text = jsonText(value);
  if (LONE_SURROGATE.test(text)) {
    throw new ValueFault("invalid value: a string with a lone surrogate, expected valid Unicode");
  }
  return text;
}

/** Reads a value that is given as text that holds JSON; any other value stands for itself. */
export function variantInText(value: unknown): string {
  if (typeof value !== "string") return variantText(value);
  return variantText(parsedText(value));
}

function parsedText(text: string): unknown {
  try {
    return exactJson(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ValueFault(`expected JSON text: ${reason}`);
  }
}

function refuseDeep(value: unknown, left: number): void {
  if (typeof value !== "object" || value === null || isLosslessNumber(value)) return;
  if (left === 0) throw new ValueFault(`the value is nested more than ${MAX_DEPTH} deep`);
  for (const part of Object.values(value)) refuseDeep(part, left - 1);
}
