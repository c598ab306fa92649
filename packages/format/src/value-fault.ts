/** The fault of one value that does not fit its column. */

import { isLosslessNumber } from "lossless-json";

/** Thrown while a record is converted and answered as a `RecordError`; never leaves the package. */
export class ValueFault extends Error {
  /** The column at fault, where it is one column's fault. */
  readonly field: string | undefined;

  constructor(message: string, field?: string) {
    super(message);
    this.name = "ValueFault";
    this.field = field;
  }
}

/** Names a parsed JSON value for a message. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return `string ${JSON.stringify(shorten(value))}`;
  if (typeof value === "boolean") return `boolean \`${value}\``;
  if (typeof value === "number") {
    return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
  }
  if (Array.isArray(value)) return "sequence";
  if (!isLosslessNumber(value)) return "map";
  const kind = /^-?\d+$/.test(value.value) ? "integer" : "floating point";
  return `${kind} \`${shorten(value.value)}\``;
}

/** A fault for a value of the wrong kind. */
export function wrongType(value: unknown, expected: string): ValueFault {
  return new ValueFault(`invalid type: ${describe(value)}, expected ${expected}`);
}

/** A fault for a value of the right kind that is not possible. */
export function wrongValue(value: unknown, expected: string): ValueFault {
  return new ValueFault(`invalid value: ${describe(value)}, expected ${expected}`);
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
