/** Names in SQL: its quoted names written otherwise, those of fields apart from all others. */

import { mapQuotedNames, type Token, tokenize, typeInSql } from "@tidemark/program";

import { FROM_ENDS, isClause, relationNames } from "./relation-names.ts";
import { quoteName } from "./sql-text.ts";

/** How names are written. */
export interface NameRules {
  /** Of relations, columns, aliases and definitions. */
  readonly name: (name: string) => string;
  /** Of fields of rows, and of keys behind a dot. */
  readonly field: (name: string) => string;
}

/** A pair of brackets that is open, or the whole text. */
interface Level {
  /** The word in front of it, in upper case. */
  readonly word: string;
  /** Whether what stands here now is a list of what is selected. */
  isSelect: boolean;
}

/** Writes all quoted names of a text by the rules. */
export function mapNames(sql: string, rules: NameRules): string {
  const { tokens, fault } = tokenize(sql);
  // DuckDB refuses it, or it holds strings that programs can't: then there is just the one rule.
  if (fault !== undefined || hasOtherStrings(tokens)) return mapQuotedNames(sql, rules.name);
  const relations = relationNames(tokens);
  const levels: Level[] = [{ word: "", isSelect: false }];
  let text = "";
  let at = 0;
  for (const [i, token] of tokens.entries()) {
    follow(levels, tokens, i);
    if (token.kind !== "quoted") continue;
    const level = levels.at(-1);
    const isType = level?.word === "ROW" && typeInSql(sql, tokens, i + 1) !== undefined;
    const start = partOf(tokens, i, relations);
    const isField = start !== undefined || isType || isArgument(tokens, i);
    const name = rules.name(token.value);
    const written = isField ? rules.field(token.value) : name;
    text += sql.slice(at, token.start) + quoteName(written);
    // What is selected from a row becomes a column, and is found as one.
    const isItem = start !== undefined && level?.isSelect === true && isWhole(tokens, start, i);
    if (isItem && written !== name) text += ` AS ${quoteName(name)}`;
    at = token.end;
  }
  return text + sql.slice(at);
}

function follow(levels: Level[], tokens: readonly Token[], at: number): void {
  const token = tokens[at];
  const level = levels.at(-1);
  if (token?.kind === "symbol" && token.value === "(") {
    levels.push({ word: tokens[at - 1]?.value ?? "", isSelect: false });
  } else if (token?.kind === "symbol" && token.value === ")") {
    levels.pop();
  } else if (token?.kind === "word" && level !== undefined) {
    if (token.value === "SELECT") level.isSelect = true;
    else if (isClause(tokens, at)) level.isSelect = false;
  }
}

/** Strings between dollars, or with backslashes. */
function hasOtherStrings(tokens: readonly Token[]): boolean {
  return tokens.some(
    ({ kind, value, end }, i) =>
      (kind === "symbol" && value === "$") ||
      (value === "E" && tokens[i + 1]?.kind === "string" && tokens[i + 1]?.start === end),
  );
}

/** Whether what stands between two tokens is selected as it is, without another name. */
function isWhole(tokens: readonly Token[], first: number, last: number): boolean {
  const before = tokens[first - 1]?.value ?? "";
  const after = tokens[last + 1];
  return (
    ["SELECT", "DISTINCT", "ALL", ","].includes(before) &&
    (after?.kind === "end" || [",", ")", ";", "FROM", ...FROM_ENDS].includes(after?.value ?? ""))
  );
}

/** Where the names begin that a field is the last of; undefined where the last name is no field. */
function partOf(
  tokens: readonly Token[],
  at: number,
  relations: ReadonlySet<string>,
): number | undefined {
  let first = at;
  while (tokens[first - 1]?.value === ".") {
    if (!isName(tokens[first - 2])) return first - 1;
    first -= 2;
  }
  const names = (at - first) / 2;
  const start = nameOf(tokens[first]);
  const outer = relations.has(start) ? 1 : start === "main" ? 2 : 0;
  return names > outer ? first : undefined;
}

/** `name := value` */
function isArgument(tokens: readonly Token[], at: number): boolean {
  return tokens[at + 1]?.value === ":" && tokens[at + 2]?.value === "=";
}

function isName(token: Token | undefined): boolean {
  return token?.kind === "word" || token?.kind === "quoted";
}

function nameOf(token: Token | undefined): string {
  return token?.kind === "quoted" ? token.value : (token?.text ?? "").toLowerCase();
}
