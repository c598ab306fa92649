/** Messages of DuckDB, fit for people who don't see its files or its wrapped statements. */

/** The first paragraph of a fault's message, with paths and internal names taken out, and without a full stop. */
export function databaseMessage(fault: unknown): string {
  const text = fault instanceof Error ? fault.message : String(fault);
  const [first = ""] = text.split(/\n\n|\nLINE |\nDid you mean/u, 1);
  return first
    .replaceAll(/(["'])(?:\/|[A-Za-z]:\\)[^"']*\1/gu, "the database")
    .trim()
    .replace(/[.!]+$/u, "");
}
