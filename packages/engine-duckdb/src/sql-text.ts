/** SQL text: names and literals spelled so that nothing in them can be read as syntax. */

/** The schema of everything that the engine keeps for itself. */
export const INTERNAL = "tidemark_internal";

/** Spells any name as an identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table that the engine keeps for itself. */
export function internalTable(name: string): string {
  return `${INTERNAL}.${quoteName(name)}`;
}

/** `c0, c1, …`: names for columns whose own names may clash. */
export function plainColumns(count: number): string {
  return Array.from({ length: count }, (_, i) => `c${i}`).join(", ");
}
