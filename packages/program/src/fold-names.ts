/** Folding names in SQL for databases that know no letters' cases beyond ASCII. */

import { SQL_PIECE } from "./sql-piece.ts";

const WORD = /^[\p{L}_][\p{L}\p{M}\p{N}_$]*$/u;
const BEYOND_ASCII = /[^\p{ASCII}]/u;

/** Lower-cases unquoted names that have letters beyond ASCII, as `identifier` does; keeps all else. */
export function foldNames(sql: string): string {
  if (!BEYOND_ASCII.test(sql)) return sql;
  return sql.replaceAll(SQL_PIECE, (piece) =>
    BEYOND_ASCII.test(piece) && WORD.test(piece) ? piece.toLowerCase() : piece,
  );
}
