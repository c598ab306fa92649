/** Cuts a program text into tokens. */

import { SyntaxFault } from "./syntax-fault.ts";

/** A token: a half-open stretch of the text. The last one is an empty `end`. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "symbol" | "end";
  /** As written. */
  readonly text: string;
  /** A word in upper case; a quoted name or string without its quotes, doubled ones made single. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** What tokenizing answers: all tokens up to the first fault, if there is one. */
export interface Tokenized {
  readonly tokens: readonly Token[];
  readonly fault?: SyntaxFault;
}

const BLANK = /\s+/y;
const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_$]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;

/** Cuts a text into tokens, dropping blanks and comments; never throws. */
export function tokenize(text: string): Tokenized {
  const tokens: Token[] = [];
  let at = 0;
  try {
    for (at = skipIgnored(text, 0); at < text.length; at = skipIgnored(text, at)) {
      const token = readToken(text, at);
      tokens.push(token);
      at = token.end;
    }
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    tokens.push(endToken(text));
    return { tokens, fault: error };
  }
  tokens.push(endToken(text));
  return { tokens };
}

function endToken(text: string): Token {
  return { kind: "end", text: "", value: "", start: text.length, end: text.length };
}

function skipIgnored(text: string, from: number): number {
  let at = from;
  for (;;) {
    const blank = matchAt(BLANK, text, at);
    if (blank !== undefined) {
      at += blank.length;
    } else if (text.startsWith("--", at)) {
      const lineEnd = text.indexOf("\n", at);
      at = lineEnd < 0 ? text.length : lineEnd + 1;
    } else if (text.startsWith("/*", at)) {
      const close = text.indexOf("*/", at + 2);
      if (close < 0) {
        throw new SyntaxFault({ start: at, end: at + 2 }, "this comment is not closed: add '*/'");
      }
      at = close + 2;
    } else {
      return at;
    }
  }
}

function readToken(text: string, start: number): Token {
  const first = text.charAt(start);
  if (first === "'") return readQuoted({ text, start, kind: "string", quote: "'" });
  if (first === '"') return readQuoted({ text, start, kind: "quoted", quote: '"' });
  const word = matchAt(WORD, text, start);
  if (word !== undefined) {
    const end = start + word.length;
    return { kind: "word", text: word, value: word.toUpperCase(), start, end };
  }
  const number = matchAt(NUMBER, text, start);
  if (number !== undefined) {
    return { kind: "number", text: number, value: number, start, end: start + number.length };
  }
  const symbol = String.fromCodePoint(text.codePointAt(start) ?? 0);
  return { kind: "symbol", text: symbol, value: symbol, start, end: start + symbol.length };
}

function readQuoted(from: {
  readonly text: string;
  readonly start: number;
  readonly kind: "string" | "quoted";
  readonly quote: string;
}): Token {
  const { text, start, kind, quote } = from;
  let close = text.indexOf(quote, start + 1);
  while (close >= 0 && text.charAt(close + 1) === quote) close = text.indexOf(quote, close + 2);
  if (close < 0) {
    const what = kind === "string" ? "string" : "quoted name";
    throw new SyntaxFault({ start, end: start + 1 }, `this ${what} is not closed: add ${quote}`);
  }
  const inner = text.slice(start + 1, close);
  const end = close + 1;
  return {
    kind,
    text: text.slice(start, end),
    value: inner.replaceAll(quote + quote, quote),
    start,
    end,
  };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
