/** Calls of functions that DuckDB has under another name, or spells otherwise. */

import { type Token } from "@tidemark/program";

import { type Edit } from "./dialect.ts";
import { CALLS, EXTRACTS, isCommonFormat, UNITS } from "./dialect-functions.ts";

/** How the call that begins at a token is spelled for DuckDB; none where it may stay. */
export function renamedCall(tokens: readonly Token[], at: number): readonly Edit[] {
  const token = tokens[at];
  if (token === undefined || tokens[at + 1]?.value !== "(" || tokens[at - 1]?.value === ".") {
    return [];
  }
  if (token.value === "EXTRACT") return extract(tokens, at);
  const call = CALLS.get(token.value);
  if (call === undefined) return [];
  const name = { start: token.start, end: token.end, text: call.name };
  if (call.unit === "none")
    return call.format === true && !hasCommonFormat(tokens[at + 2]) ? [] : [name];
  const unit = call.unit === "first" ? firstUnit(tokens, at + 2) : lastUnit(tokens, at + 1);
  return unit === undefined ? [] : [name, quoted(unit)];
}

function hasCommonFormat(format: Token | undefined): boolean {
  return format?.kind === "string" && isCommonFormat(format.value);
}

/** `EXTRACT(unit FROM …)` of units that DuckDB counts otherwise. */
function extract(tokens: readonly Token[], at: number): readonly Edit[] {
  const unit = tokens[at + 2];
  const from = tokens[at + 3];
  const first = tokens[at];
  const name = unit?.kind === "word" ? EXTRACTS.get(unit.value) : undefined;
  if (first === undefined || name === undefined || from?.value !== "FROM") return [];
  return [{ start: first.start, end: from.end, text: `${name}(` }];
}

function firstUnit(tokens: readonly Token[], at: number): Token | undefined {
  return tokens[at + 1]?.value === "," ? unitOf(tokens[at]) : undefined;
}

/** The unit that is the last argument of the call whose bracket opens at a token. */
function lastUnit(tokens: readonly Token[], open: number): Token | undefined {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "symbol") continue;
    if (token.value === "(") depth += 1;
    else if (token.value === ")") depth -= 1;
    if (depth === 0) return tokens[at - 2]?.value === "," ? unitOf(tokens[at - 1]) : undefined;
  }
  return undefined;
}

function unitOf(token: Token | undefined): Token | undefined {
  return token?.kind === "word" && UNITS.has(token.value) ? token : undefined;
}

function quoted(unit: Token): Edit {
  return { start: unit.start, end: unit.end, text: `'${UNITS.get(unit.value) ?? unit.value}'` };
}
