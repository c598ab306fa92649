/** Reads `WITH ('key' = 'value', …)`. */

import { SyntaxFault } from "./syntax-fault.ts";
import { type TokenCursor } from "./token-cursor.ts";
import { type Token } from "./tokenizer.ts";

/** A property and where it stands. */
export interface Property {
  readonly key: Token;
  readonly value: Token;
}

/** Reads the clause if it is next; answers the properties by key. */
export function parseProperties(cursor: TokenCursor): ReadonlyMap<string, Property> {
  const properties = new Map<string, Property>();
  if (!cursor.takeWord("WITH")) return properties;
  cursor.expectSymbol("(");
  do {
    const key = cursor.expectString("a property name");
    cursor.expectSymbol("=");
    const value = cursor.expectString("a property value");
    if (properties.has(key.value)) {
      throw new SyntaxFault(key, `property '${key.value}' is given twice`, "Compilation error");
    }
    properties.set(key.value, { key, value });
  } while (cursor.takeSymbol(","));
  cursor.expectSymbol(")", "',' or ')'");
  return properties;
}

/** The value of a property that is `true` or `false`; absent means false. */
export function booleanProperty(properties: ReadonlyMap<string, Property>, key: string): boolean {
  const property = properties.get(key);
  if (property === undefined) return false;
  const value = property.value.value.toLowerCase();
  if (value !== "true" && value !== "false") {
    throw new SyntaxFault(
      property.value,
      `property '${key}' is 'true' or 'false', not '${property.value.value}'`,
      "Compilation error",
    );
  }
  return value === "true";
}
