/** SQL identifiers: quoted ones are exact, unquoted ones are lower-cased by Unicode rules. */

/** The name of a table, view or column. */
export interface Identifier {
  /** The name it is looked up by: exact where it was quoted, lower-cased where not. */
  readonly name: string;
  /** Whether it was quoted, so that its case counts. */
  readonly quoted: boolean;
}

/**
 * Reads an identifier as URLs and SQL spell it: starting and ending with `"` and at least two
 * characters long means quoted, anything else is lower-cased. Doubled quotes inside stay as they are.
 */
export function identifier(spelling: string): Identifier {
  if (spelling.length >= 2 && spelling.startsWith('"') && spelling.endsWith('"')) {
    return { name: spelling.slice(1, -1), quoted: true };
  }
  return { name: spelling.toLowerCase(), quoted: false };
}

/** Spells an identifier as the program would: in quotes where its case counts. */
export function spell(id: Identifier): string {
  return id.quoted ? `"${id.name}"` : id.name;
}
