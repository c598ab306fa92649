/** The dialect: a program's SQL as DuckDB reads it, with the same meaning. */

import { foldNames, type Token, tokenize, typeInSql } from "@tidemark/program";

import { exactSqlType } from "./column-types.ts";
import { renamedCall } from "./dialect-calls.ts";
import { literalType } from "./dialect-literals.ts";

/** A stretch of the text and what stands there instead. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A bracket that is open, and where it opened. */
interface Frame {
  /** The word in front of it, in upper case; empty where there is none. */
  readonly word: string;
  /** The token that opened it. */
  readonly at: number;
}

/**
 * Rewrites types in casts and literals, functions that DuckDB has under other names, and accesses
 * to the parts of columns in `variants` (lower-case names of columns of type VARIANT). A text that
 * can't be read stays as it is, for DuckDB to refuse.
 */
export function duckdbSql(sql: string, variants: ReadonlySet<string>): string {
  const { tokens, fault } = tokenize(sql);
  if (fault !== undefined) return foldNames(sql);
  const edits: Edit[] = [];
  const frames: Frame[] = [];
  for (const [at, token] of tokens.entries()) {
    const found = editsAt({ sql, tokens, at, frame: frames.at(-1), variants });
    edits.push(...found);
    if (isSymbol(token, "(")) frames.push({ word: wordAt(tokens, at - 1), at });
    else if (isSymbol(token, ")")) frames.pop();
  }
  return foldNames(applyEdits(sql, edits));
}

interface Place {
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly at: number;
  readonly frame: Frame | undefined;
  readonly variants: ReadonlySet<string>;
}

function editsAt(place: Place): readonly Edit[] {
  const { tokens, at, frame } = place;
  const token = tokens[at];
  if (token === undefined) return [];
  if (isSymbol(token, ":") && isSymbol(tokens[at + 1], ":")) return typeEdit(place, at + 2);
  if (token.kind !== "word" && token.kind !== "quoted") return [];
  if (token.kind === "word") {
    const literal = literalType(tokens, at);
    if (literal !== undefined) return [{ ...span(token), text: literal }];
    if (token.value === "AS" && isCast(frame)) return castEdits(place, frame);
    const call = renamedCall(tokens, at);
    if (call.length > 0) return call;
  }
  return variantPart(place);
}

function isCast(frame: Frame | undefined): frame is Frame {
  return frame !== undefined && ["CAST", "TRY_CAST", "SAFE_CAST"].includes(frame.word);
}

/** A cast of a part of a VARIANT is NULL where the part is of another type; other casts fail. */
function castEdits(place: Place, frame: Frame): readonly Edit[] {
  const { tokens, at, variants } = place;
  const cast = tokens[frame.at - 1];
  const edits = [...typeEdit(place, at + 1)];
  const last = chainEnd(tokens, frame.at + 1);
  const isVariant = last !== undefined && variants.has(nameAt(tokens, last));
  const isTry = isVariant && pathEnd(tokens, last + 1) === at;
  if (cast !== undefined && (isTry || frame.word === "SAFE_CAST")) {
    edits.push({ ...span(cast), text: "TRY_CAST" });
  }
  if (isVariant && last + 1 === at) edits.push(...asVariant(tokens, frame.at + 1, last));
  return edits;
}

function typeEdit({ sql, tokens }: Place, at: number): readonly Edit[] {
  const first = tokens[at];
  const found = typeInSql(sql, tokens, at);
  const last = found && tokens[at + found.tokens - 1];
  if (first === undefined || found === undefined || last === undefined) return [];
  return [{ start: first.start, end: last.end, text: exactSqlType(found.type) }];
}

/** `v['name']` and `v[1]`, where `v` may be qualified. */
function variantPart({ tokens, at, variants }: Place): readonly Edit[] {
  if (isSymbol(tokens[at - 1], ".")) return [];
  const last = chainEnd(tokens, at);
  const isPart = last !== undefined && isSymbol(tokens[last + 1], "[");
  return isPart && variants.has(nameAt(tokens, last)) ? asVariant(tokens, at, last) : [];
}

function asVariant(tokens: readonly Token[], first: number, last: number): readonly Edit[] {
  const start = tokens[first]?.start ?? 0;
  const end = tokens[last]?.end ?? 0;
  return [
    { start, end: start, text: "(" },
    { start: end, end, text: "::VARIANT)" },
  ];
}

/** The last token of a name and its qualifiers. */
function chainEnd(tokens: readonly Token[], from: number): number | undefined {
  if (!isName(tokens[from])) return undefined;
  let last = from;
  while (isSymbol(tokens[last + 1], ".") && isName(tokens[last + 2])) last += 2;
  return last;
}

/** The token behind a row of subscripts. */
function pathEnd(tokens: readonly Token[], from: number): number {
  let at = from;
  for (let depth = 0; at < tokens.length; at += 1) {
    if (isSymbol(tokens[at], "[")) depth += 1;
    else if (depth === 0) break;
    else if (isSymbol(tokens[at], "]")) depth -= 1;
  }
  return at;
}

function isName(token: Token | undefined): boolean {
  return token?.kind === "word" || token?.kind === "quoted";
}

function nameAt(tokens: readonly Token[], at: number): string {
  const token = tokens[at];
  return (token?.kind === "quoted" ? token.value : (token?.text ?? "")).toLowerCase();
}

function wordAt(tokens: readonly Token[], at: number): string {
  const token = tokens[at];
  return token?.kind === "word" ? token.value : "";
}

function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === "symbol" && token.value === symbol;
}

function span({ start, end }: Token): Pick<Edit, "start" | "end"> {
  return { start, end };
}

function applyEdits(sql: string, edits: readonly Edit[]): string {
  let text = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) continue;
    text += sql.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + sql.slice(at);
}
