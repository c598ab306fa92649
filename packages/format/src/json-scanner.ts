/** Finds where JSON documents end in a stream of bytes, also those that are no JSON. */

import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  isBlank,
  isLineEnd,
  isOpening,
  MAX_DEPTH,
  NEWLINE,
  QUOTE,
  RETURN,
} from "./json-bytes.ts";
import { JsonGrammar } from "./json-grammar.ts";
import { type Framing } from "./record-stream.ts";

const SPACE = 32;

/** By byte: 1 for those that may end a string, or begin an escape in it. */
const IS_SPECIAL = new Uint8Array(256);
for (const byte of [QUOTE, BACKSLASH, NEWLINE, RETURN]) IS_SPECIAL[byte] = 1;

/**
 * Documents that may span lines and share them. One that is JSON ends with its last bracket. One
 * that is not ends where its brackets balance (a closing one takes along what is open in it), and at
 * the latest before a line that begins with an opening bracket and is indented no more than the line
 * on which the document began: a nested one is either indented or follows something on its line.
 * No string goes on behind its line. What begins with no bracket ends with its line or before one.
 */
export class DocumentScanner implements Framing {
  readonly what = "a JSON document";
  readonly #grammar = new JsonGrammar();
  #scanned = 0;
  #isText = false;
  #inString = false;
  #escaped = false;
  #bad = false;
  #tooDeep = false;
  /** Where the line begins, of which only blanks were seen. */
  #lineStart: number | undefined;
  /** The first line in the document that may begin the next one, should this one be bad. */
  #restart: number | undefined;
  /** How far the document's first line is indented, and how far the present one. */
  #indent = 0;
  #lineIndent = 0;
  #isIndenting = true;

  get fault(): string | undefined {
    return this.#tooDeep ? `it is nested more than ${MAX_DEPTH} deep` : undefined;
  }

  get awaits(): string {
    if (this.#isText) return "the end of its line";
    return this.#bad ? "the next line that begins with a bracket" : "its closing bracket";
  }

  skipBlanks(bytes: Uint8Array, from: number): number {
    let at = from;
    for (; at < bytes.length && isBlank(bytes[at]); at += 1) {
      if (isLineEnd(bytes[at])) {
        this.#isIndenting = true;
        this.#lineIndent = 0;
      } else if (this.#isIndenting) {
        this.#lineIndent += 1;
      }
    }
    return at;
  }

  begin(): void {
    this.#grammar.reset();
    this.#scanned = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#bad = false;
    this.#tooDeep = false;
    this.#lineStart = undefined;
    this.#restart = undefined;
    this.#indent = this.#lineIndent;
    this.#isIndenting = false;
  }

  scan(bytes: Uint8Array, from: number, to: number): number | undefined {
    if (this.#scanned === 0 && from < to) this.#isText = !isOpening(bytes[from]);
    for (let at = from; at < to; at += 1) {
      const rest = this.#pass(bytes, at, to);
      this.#scanned += rest - at;
      at = rest;
      if (at === to) break;
      const byte = bytes[at] ?? 0;
      const end = this.#isText ? this.#textByte(byte) : this.#byte(byte);
      if (end !== undefined) return end;
      this.#scanned += 1;
    }
    return undefined;
  }

  spoil(): number | undefined {
    if (this.#bad) return undefined;
    this.#bad = true;
    return this.#restart === undefined ? undefined : this.#endAtLine(this.#restart);
  }

  finish(): number {
    return this.spoil() ?? this.#scanned;
  }

  /** Passes bytes of a string that change nothing, and blanks. */
  #pass(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    if (!this.#inString) {
      if (bytes[at] !== SPACE) return at;
      this.#grammar.blank();
      while (at < to && bytes[at] === SPACE) at += 1;
    } else if (!this.#escaped) {
      while (at < to && IS_SPECIAL[bytes[at] ?? 0] === 0) at += 1;
    }
    return at;
  }

  /** What is no object and no array ends with its line, or before one that is. */
  #textByte(byte: number): number | undefined {
    if (isLineEnd(byte)) return this.#scanned;
    if (this.#inString) this.#stringByte(byte);
    else if (byte === QUOTE) this.#inString = true;
    else if (isOpening(byte)) return this.#scanned;
    return undefined;
  }

  #byte(byte: number): number | undefined {
    if (isLineEnd(byte)) return this.#lineEnds();
    if (this.#inString) return this.#stringByte(byte);
    if (isBlank(byte)) return this.#grammar.blank();
    if (this.#lineStart !== undefined) {
      const end = this.#lineBegins(byte, this.#lineStart);
      if (end !== undefined) return end;
    }
    if (!this.#bad && !this.#grammar.allows(byte)) {
      const end = this.spoil();
      if (end !== undefined) return end;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (isOpening(byte)) return this.#opens(byte);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (this.#grammar.close(byte)) return this.#scanned + 1;
    }
    return undefined;
  }

  #stringByte(byte: number): undefined {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #opens(bracket: number): number | undefined {
    if (!this.#grammar.open(bracket) || this.#tooDeep) return undefined;
    this.#tooDeep = true;
    return this.spoil();
  }

  #lineEnds(): number | undefined {
    this.#lineStart = this.#scanned + 1;
    if (!this.#inString) return this.#grammar.blank();
    this.#inString = false;
    this.#escaped = false;
    return this.spoil();
  }

  /** Takes the first byte of a line that is not blank. */
  #lineBegins(byte: number, start: number): number | undefined {
    this.#lineStart = undefined;
    this.#lineIndent = this.#scanned - start;
    if (!isOpening(byte) || this.#lineIndent > this.#indent) return undefined;
    if (this.#bad) return this.#endAtLine(start);
    this.#restart ??= start;
    return undefined;
  }

  #endAtLine(start: number): number {
    this.#isIndenting = true;
    this.#lineIndent = 0;
    return start;
  }
}
