/** Written names: what columns of a query are called after their expressions, as the user wrote those. */

import { foldNames, type Token, tokenize } from "@tidemark/program";

import { duckdbSql } from "./dialect.ts";
import { FROM_ENDS, isClause } from "./relation-names.ts";
import { type Node, nodes, textAt } from "./syntax.ts";

/**
 * The names of those columns that DuckDB would call after an expression that the user did not
 * write; undefined for all others, and where the text can't be told apart.
 * @example
 * writtenNames("SELECT a, TYPEOF(v), 1/2 AS half FROM t", { root, variants, columns: 3 })
 * // [undefined, "typeof(v)", undefined]
 */
export function writtenNames(
  sql: string,
  parsed: {
    /** Of the rewritten text. */
    readonly root: Node;
    readonly variants: ReadonlySet<string>;
    readonly columns: number;
  },
): readonly (string | undefined)[] {
  const listed = listedIn(parsed.root);
  const items = selectItems(sql);
  if (listed.length === 0 || listed.length !== items.length) return [];
  const names = listed.map((node, i) => {
    const text = written(sql, items[i] ?? []);
    return isNamed(node) || !isRewritten(text, parsed.variants) ? undefined : text;
  });
  return aligned(names, listed, parsed.columns);
}

/**
 * The places of a SELECT's columns that are expressions without a name; none from the first item that
 * stands for several columns to the last one.
 */
export function unnamedColumns(root: Node, columns: number): ReadonlySet<number> {
  const listed = listedIn(root);
  const unnamed = aligned(
    listed.map((node) => (isNamed(node) ? undefined : "unnamed")),
    listed,
    columns,
  );
  return new Set(unnamed.flatMap((name, place) => (name === undefined ? [] : [place])));
}

/** One name for each column; none from the first item that stands for several to the last one. */
function aligned(
  names: readonly (string | undefined)[],
  listed: readonly Node[],
  columns: number,
): readonly (string | undefined)[] {
  const first = listed.findIndex(isWide);
  if (first < 0) return names.length === columns ? names : [];
  const before = names.slice(0, first);
  const behind = names.slice(listed.findLastIndex(isWide) + 1);
  const others = columns - before.length - behind.length;
  if (others < 0) return [];
  return [...before, ...Array.from({ length: others }, () => undefined), ...behind];
}

/** What the SELECT lists that names the columns: the first of several that are put together. */
function listedIn(root: Node): readonly Node[] {
  let node: Node | undefined = root;
  while (node?.["type"] === "SET_OPERATION_NODE") [node] = listAt(node, "children");
  return node === undefined ? [] : listAt(node, "select_list");
}

function listAt(node: Node, field: string): readonly Node[] {
  const list: unknown = node[field];
  return Array.isArray(list) ? nodes(list) : [];
}

function isNamed(node: Node): boolean {
  return textAt(node, "alias") !== "" || textAt(node, "class") === "COLUMN_REF" || isWide(node);
}

/** Whether it may be any number of columns. */
function isWide(node: Node): boolean {
  return /"class":"STAR"|"function_name":"unnest"/u.test(JSON.stringify(node));
}

/** Whether DuckDB is given another expression, or makes one of it: a division of whole numbers. */
function isRewritten(text: string, variants: ReadonlySet<string>): boolean {
  const divides = tokenize(text).tokens.some(
    ({ kind, value }) => kind === "symbol" && value === "/",
  );
  return divides || duckdbSql(text, variants) !== foldNames(text);
}

/** What the outermost SELECT lists; nothing where that is not the first one. */
function selectItems(sql: string): readonly (readonly Token[])[] {
  const { tokens, fault } = tokenize(sql);
  const start = fault === undefined ? listStart(tokens) : undefined;
  if (start === undefined) return [];
  const items: Token[][] = [[]];
  let depth = 0;
  for (let at = start; depth > 0 || !endsList(tokens, at); at += 1) {
    const token = tokens[at];
    if (token === undefined) return [];
    depth += depthChange(token);
    if (depth === 0 && isSymbol(token, ",")) items.push([]);
    else items.at(-1)?.push(token);
  }
  return items;
}

function listStart(tokens: readonly Token[]): number | undefined {
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    depth += depthChange(token);
    if (depth > 0 || token.kind !== "word" || token.value !== "SELECT") continue;
    const before = tokens[at - 1];
    // Behind UNION and the like it is not the first.
    if (before !== undefined && !isSymbol(before, ")")) return undefined;
    return afterQuantifier(tokens, at + 1);
  }
  return undefined;
}

function afterQuantifier(tokens: readonly Token[], first: number): number {
  if (!["ALL", "DISTINCT"].includes(wordAt(tokens, first))) return first;
  if (wordAt(tokens, first + 1) !== "ON") return first + 1;
  let depth = 0;
  for (let at = first + 2; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token !== undefined) depth += depthChange(token);
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

function endsList(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token === undefined || token.kind === "end" || isSymbol(token, ";")) return true;
  if (isSymbol(tokens[at - 1], ".") || wordAt(tokens, at - 1) === "WITHIN") return false;
  return FROM_ENDS.has(wordAt(tokens, at)) || isClause(tokens, at);
}

/** The text of an item: words in lower case, as names are read, and blanks where they part something. */
function written(sql: string, tokens: readonly Token[]): string {
  return tokens
    .map((token, i) => {
      const before = tokens[i - 1];
      const isApart = before !== undefined && sql.slice(before.end, token.start) !== "";
      const isInside = "([{".includes(before?.text ?? " ") || ")]},".includes(token.text);
      const text = token.kind === "word" ? token.text.toLowerCase() : token.text;
      return isApart && !isInside ? ` ${text}` : text;
    })
    .join("");
}

function depthChange(token: Token): number {
  if (token.kind !== "symbol") return 0;
  return "([{".includes(token.value) ? 1 : ")]}".includes(token.value) ? -1 : 0;
}

function wordAt(tokens: readonly Token[], at: number): string {
  const token = tokens[at];
  return token?.kind === "word" ? token.value : "";
}

function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === "symbol" && token.value === symbol;
}
