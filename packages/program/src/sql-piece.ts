/** Pieces of SQL that are to be looked at as a whole. */

/** Strings, quoted names and comments come first, so that nothing inside them is taken for a word. */
export const SQL_PIECE: RegExp =
  /[eE]'(?:[^'\\]|\\[^]|'')*'|'[^']*'|"[^"]*"|--[^\n]*|\/\*[^]*?\*\/|\$(\w*)\$[^]*?\$\1\$|[\p{L}_][\p{L}\p{M}\p{N}_$]*/gu;
