/** Quoted names in SQL. */

import { SQL_PIECE } from "./sql-piece.ts";

/**
 * Writes the quoted names of a text otherwise. `rename` is given what is between two quotes, and with
 * a doubled quote in a name it is called for either side of it.
 */
export function mapQuotedNames(sql: string, rename: (name: string) => string): string {
  return sql.replaceAll(SQL_PIECE, (piece) =>
    piece.startsWith('"') ? `"${rename(piece.slice(1, -1))}"` : piece,
  );
}
