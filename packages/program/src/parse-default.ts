/** Finds where the expression of a DEFAULT ends. */

import { type Range } from "./text-position.ts";
import { type TokenCursor } from "./token-cursor.ts";
import { type Token } from "./tokenizer.ts";

const CLAUSES: ReadonlySet<string> = new Set([
  "PRIMARY",
  "FOREIGN",
  "REFERENCES",
  "DEFAULT",
  "LATENESS",
  "WATERMARK",
  "CONSTRAINT",
  "INTERNED",
]);
const CONTINUING: ReadonlySet<string> = new Set([
  "IS",
  "NOT",
  "AND",
  "OR",
  "IN",
  "LIKE",
  "BETWEEN",
]);
const CLOSING: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

/** Reads an expression up to a comma, a closing parenthesis or the next clause of the column. */
export function parseExpression(cursor: TokenCursor, what: string): Range {
  const start = cursor.peek().start;
  const open: string[] = [];
  for (let first = true; ; first = false) {
    const token = cursor.peek();
    if (token.kind === "end" || token.value === ";") break;
    if (open.length === 0 && endsExpression(cursor, token, first)) break;
    const closing = token.kind === "symbol" ? CLOSING.get(token.value) : undefined;
    if (closing !== undefined) open.push(closing);
    else if (token.kind === "symbol" && token.value === open.at(-1)) open.pop();
    cursor.next();
  }
  if (open.length > 0) throw cursor.unexpected(`'${open.at(-1) ?? ""}'`);
  if (cursor.peek().start === start) throw cursor.unexpected(what);
  return cursor.rangeFrom(start);
}

function endsExpression(cursor: TokenCursor, token: Token, first: boolean): boolean {
  if (token.kind === "symbol") return token.value === "," || token.value === ")";
  if (token.kind !== "word" || first) return false;
  if (CLAUSES.has(token.value)) return true;
  const { previous } = cursor;
  const continues =
    (previous.kind === "symbol" && previous.value !== ")" && previous.value !== "]") ||
    (previous.kind === "word" && CONTINUING.has(previous.value));
  return !continues && (token.value === "NULL" || cursor.isWord("NOT", "NULL"));
}
