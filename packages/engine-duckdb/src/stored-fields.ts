/** Fields of stored JSON: each as the type that it was written with, or an error. */

const UNREADABLE = "what is stored of a step can't be read";

/** An object. */
export function object(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw new TypeError(UNREADABLE);
  return value;
}

/** An array. */
export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(UNREADABLE);
  return value;
}

/** A text. */
export function string(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(UNREADABLE);
  return value;
}

/** A number. */
export function number(value: unknown): number {
  if (typeof value !== "number") throw new TypeError(UNREADABLE);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
