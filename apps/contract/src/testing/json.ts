/** JSON as read: looked into without knowing its shape. */

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object; empty where it is none. */
export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** The value as a list; empty where it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a value is an object, and no list. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is below a value at these keys. */
export function below(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce((at, key) => asObject(at)[key], value);
}
