/** Folding names in SQL for databases that know no letters' cases beyond ASCII. */

// Strings, quoted names and comments come first, so that nothing inside them is taken for a word.
const PIECE =
  /[eE]'(?:[^'\\]|\\[^]|'')*'|'[^']*'|"[^"]*"|--[^\n]*|\/\*[^]*?\*\/|\$(\w*)\$[^]*?\$\1\$|[\p{L}_][\p{L}\p{M}\p{N}_$]*/gu;
const WORD = /^[\p{L}_][\p{L}\p{M}\p{N}_$]*$/u;
const BEYOND_ASCII = /[^\p{ASCII}]/u;

/** Lower-cases unquoted names that have letters beyond ASCII, as `identifier` does; keeps all else. */
export function foldNames(sql: string): string {
  if (!BEYOND_ASCII.test(sql)) return sql;
  return sql.replaceAll(PIECE, (piece) =>
    BEYOND_ASCII.test(piece) && WORD.test(piece) ? piece.toLowerCase() : piece,
  );
}
