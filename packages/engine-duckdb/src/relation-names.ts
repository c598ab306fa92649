/** Relation names: how the columns of a SELECT may be qualified, told from its tokens alone. */

import { type Token } from "@tidemark/program";

/** Words that end a FROM clause. */
export const FROM_ENDS: ReadonlySet<string> = new Set([
  "SELECT",
  "WHERE",
  "GROUP",
  "HAVING",
  "WINDOW",
  "QUALIFY",
  "ORDER",
  "LIMIT",
  "OFFSET",
  "UNION",
  "INTERSECT",
  "EXCEPT",
]);

/** Functions that have a FROM of their own. */
const WITH_FROM: ReadonlySet<string> = new Set(["EXTRACT", "TRIM", "SUBSTRING", "OVERLAY"]);

interface Level {
  /** Whether what stands here is a function's arguments. */
  readonly isCall: boolean;
  isFrom: boolean;
}

/** The names and aliases of all relations in FROM clauses; a few words that are none may be among them. */
export function relationNames(tokens: readonly Token[]): ReadonlySet<string> {
  const names = new Set<string>();
  const levels: Level[] = [{ isCall: false, isFrom: false }];
  for (const [at, token] of tokens.entries()) {
    const level = levels.at(-1);
    if (level === undefined) break;
    if (isSymbol(token, "(")) {
      levels.push({ isCall: WITH_FROM.has(tokens[at - 1]?.value ?? ""), isFrom: false });
    } else if (isSymbol(token, ")")) {
      levels.pop();
      if (levels.at(-1)?.isFrom === true) noteAlias(tokens, at + 1, names);
    } else if (token.kind === "word" && FROM_ENDS.has(token.value)) {
      level.isFrom = false;
    } else if (isClause(tokens, at) && !level.isCall) {
      level.isFrom = true;
      noteRelation(tokens, at + 1, names);
    } else if (level.isFrom && (token.value === "JOIN" || isSymbol(token, ","))) {
      noteRelation(tokens, at + 1, names);
    }
  }
  return names;
}

/** Whether a token is the FROM of a clause, not that of a comparison. */
export function isClause(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  return token?.kind === "word" && token.value === "FROM" && tokens[at - 1]?.value !== "DISTINCT";
}

function noteRelation(tokens: readonly Token[], at: number, names: Set<string>): void {
  const first = nameOf(tokens[at]);
  if (first === undefined) return;
  let last = at;
  while (isSymbol(tokens[last + 1], ".") && nameOf(tokens[last + 2]) !== undefined) last += 2;
  names.add(nameOf(tokens[last]) ?? first);
  noteAlias(tokens, last + 1, names);
}

function noteAlias(tokens: readonly Token[], at: number, names: Set<string>): void {
  const isAs = tokens[at]?.kind === "word" && tokens[at].value === "AS";
  const alias = nameOf(tokens[isAs ? at + 1 : at]);
  if (alias !== undefined) names.add(alias);
}

function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === "quoted") return token.value;
  return token?.kind === "word" ? token.text.toLowerCase() : undefined;
}

function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === "symbol" && token.value === symbol;
}
