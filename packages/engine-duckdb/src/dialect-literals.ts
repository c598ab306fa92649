/** Literals of times and timestamps. */

import { type Token } from "@tidemark/program";

const FINE_FRACTION = /\.\d{7,}/;

/**
 * The DuckDB type that a literal which begins at a token is of; undefined where none does. A
 * timestamp of at most microseconds is one that reaches all years.
 */
export function literalType(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at];
  const literal = tokens[at + 1];
  if (token?.kind !== "word" || literal?.kind !== "string") return undefined;
  if (token.value === "TIME") return "TIME_NS";
  if (token.value !== "TIMESTAMP" && token.value !== "DATETIME") return undefined;
  return FINE_FRACTION.test(literal.value) ? "TIMESTAMP_NS" : "TIMESTAMP";
}
