/** Reads tokens one after the other, with one look ahead. */

import { type Identifier } from "./identifier.ts";
import { SyntaxFault } from "./syntax-fault.ts";
import { type Range } from "./text-position.ts";
import { type Token } from "./tokenizer.ts";

/** A place in the tokens of one text. */
export class TokenCursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #at = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.text = text;
    this.#tokens = tokens;
    this.#end = { kind: "end", text: "", value: "", start: text.length, end: text.length };
  }

  /** The next token, or one further ahead; `end` for ever after the last. */
  peek(ahead: number = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#end;
  }

  /** The token read last; `end` before the first. */
  get previous(): Token {
    return this.#tokens[this.#at - 1] ?? this.#end;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  /** Whether the next tokens are these unquoted words. */
  isWord(...words: readonly string[]): boolean {
    return words.every((word, ahead) => {
      const token = this.peek(ahead);
      return token.kind === "word" && token.value === word;
    });
  }

  isSymbol(symbol: string): boolean {
    const token = this.peek();
    return token.kind === "symbol" && token.value === symbol;
  }

  /** Reads these words if they are next. */
  takeWord(...words: readonly string[]): boolean {
    if (!this.isWord(...words)) return false;
    this.#at += words.length;
    return true;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at += 1;
    return true;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected(word);
  }

  expectSymbol(symbol: string, expected: string = `'${symbol}'`): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(expected);
  }

  expectIdentifier(what: string): Identifier & Range {
    const token = this.peek();
    if (token.kind !== "word" && token.kind !== "quoted") throw this.unexpected(what);
    if (token.kind === "quoted" && token.value === "") {
      throw new SyntaxFault(token, `${what} can't be empty`);
    }
    this.next();
    return { ...asIdentifier(token), start: token.start, end: token.end };
  }

  expectString(what: string): Token {
    if (this.peek().kind !== "string") throw this.unexpected(`${what} in single quotes`);
    return this.next();
  }

  expectInteger(what: string): number {
    const token = this.peek();
    const value = Number(token.text);
    if (token.kind !== "number" || !/^\d+$/.test(token.text) || !Number.isSafeInteger(value)) {
      throw this.unexpected(what);
    }
    this.next();
    return value;
  }

  /** A fault at the next token. */
  unexpected(expected: string): SyntaxFault {
    const token = this.peek();
    const found = token.kind === "end" ? "the end of the program" : `'${shorten(token.text)}'`;
    return new SyntaxFault(token, `expected ${expected}, found ${found}`);
  }

  /** Goes past the next `;`. */
  skipStatement(): void {
    while (this.peek().kind !== "end" && !this.takeSymbol(";")) this.next();
  }

  /** The range from a token's start to the end of the token read last. */
  rangeFrom(start: number): Range {
    return { start, end: Math.max(start, this.previous.end) };
  }
}

/** The identifier that a word or quoted token spells. */
function asIdentifier(token: Token): Identifier {
  return token.kind === "quoted"
    ? { name: token.value, quoted: true }
    : { name: token.text.toLowerCase(), quoted: false };
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
