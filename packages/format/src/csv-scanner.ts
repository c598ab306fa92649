/** Finds where CSV records end, and cuts them into fields, quotes and all. */

import { type CsvDialect } from "./csv-dialect.ts";
import { type Framing } from "./record-stream.ts";

/** A field as given. */
export interface CsvField {
  readonly text: string;
  /** Whether it stood in quotes. */
  readonly quoted: boolean;
}

const NEWLINE = 10;
const RETURN = 13;

/**
 * Records that end with their line, however that ends; a line end in quotes ends none. Where a quote
 * is never closed, or is closed on a later line by a quote that no field ends with, the record is its
 * first line, and the next line begins another.
 */
export class CsvScanner implements Framing {
  readonly what = "a CSV record";
  readonly #delimiter: number;
  readonly #quote: number | undefined;
  readonly #escape: number | undefined;
  readonly #comment: number | undefined;
  readonly #doubles: boolean;
  /** By byte: 1 for those that may end a field outside quotes, or inside. */
  readonly #endsPlain: Uint8Array;
  readonly #endsQuoted: Uint8Array;
  #scanned = 0;
  #at: "start" | "plain" | "quoted" | "escaped" | "closing" | "line" = "start";
  #firstLine: number | undefined;
  #unclosed = false;

  constructor({ delimiter, quote, escape, comment, doubleQuote }: CsvDialect) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote?.charCodeAt(0);
    this.#escape = escape === quote ? undefined : escape?.charCodeAt(0);
    this.#comment = comment?.charCodeAt(0);
    this.#doubles = doubleQuote;
    this.#endsPlain = marked(NEWLINE, RETURN, this.#delimiter);
    this.#endsQuoted = marked(NEWLINE, RETURN, this.#quote, this.#escape);
  }

  get fault(): string | undefined {
    return this.#unclosed ? "a quote is not closed" : undefined;
  }

  get awaits(): string {
    return this.#isQuoted ? "its closing quote" : "the end of its line";
  }

  get #isQuoted(): boolean {
    return this.#at === "quoted" || this.#at === "escaped";
  }

  skipBlanks(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && isLineEnd(bytes[at])) at += 1;
    return at;
  }

  begin(): void {
    this.#scanned = 0;
    this.#at = "start";
    this.#firstLine = undefined;
    this.#unclosed = false;
  }

  scan(bytes: Uint8Array, from: number, to: number): number | undefined {
    if (this.#scanned === 0 && bytes[from] === this.#comment) this.#at = "line";
    for (let at = from; at < to; at += 1) {
      const rest = this.#pass(bytes, at, to);
      this.#scanned += rest - at;
      at = rest;
      if (at === to) break;
      const end = this.#byte(bytes[at] ?? 0);
      if (end !== undefined) return end;
      this.#scanned += 1;
    }
    return undefined;
  }

  spoil(): number | undefined {
    this.#unclosed = this.#isQuoted || this.#at === "closing";
    this.#at = "line";
    return this.#firstLine;
  }

  finish(): number {
    return (this.#isQuoted ? this.spoil() : undefined) ?? this.#scanned;
  }

  /** Passes bytes that change nothing where the scanner stands. */
  #pass(bytes: Uint8Array, from: number, to: number): number {
    const isPlain = this.#at === "plain" || this.#at === "line";
    const special = isPlain ? this.#endsPlain : this.#endsQuoted;
    if (!isPlain && this.#at !== "quoted") return from;
    let at = from;
    while (at < to && special[bytes[at] ?? 0] === 0) at += 1;
    return at;
  }

  #byte(byte: number): number | undefined {
    if (this.#at === "escaped") this.#at = "quoted";
    else if (this.#at === "quoted") this.#quotedByte(byte);
    else if (isLineEnd(byte)) return this.#scanned + 1;
    else if (this.#at === "closing") return this.#behindQuote(byte);
    else if (this.#at !== "line") this.#plainByte(byte);
    return undefined;
  }

  #quotedByte(byte: number): void {
    if (byte === this.#quote) this.#at = "closing";
    else if (byte === this.#escape) this.#at = "escaped";
    else if (isLineEnd(byte)) this.#firstLine ??= this.#scanned + 1;
  }

  #plainByte(byte: number): void {
    if (byte === this.#delimiter) this.#at = "start";
    else if (this.#at === "start") this.#at = byte === this.#quote ? "quoted" : "plain";
  }

  #behindQuote(byte: number): number | undefined {
    if (byte === this.#quote && this.#doubles) this.#at = "quoted";
    else if (byte === this.#delimiter) this.#at = "start";
    else if (this.#firstLine !== undefined) return this.spoil();
    else this.#at = "plain";
    return undefined;
  }
}

/** Cuts a whole record into its fields. */
export function csvFields(record: Buffer, dialect: CsvDialect): readonly CsvField[] {
  const bytes = withoutLineEnd(record);
  const delimiter = dialect.delimiter.charCodeAt(0);
  const quote = dialect.quote?.charCodeAt(0);
  const fields: CsvField[] = [];
  for (let at = 0; ;) {
    const quoted = at < bytes.length && bytes[at] === quote;
    const read = quoted ? readQuoted(bytes, at + 1, dialect) : { text: "", end: at };
    const delimiterAt = bytes.indexOf(delimiter, read.end);
    const end = delimiterAt < 0 ? bytes.length : delimiterAt;
    fields.push({ text: read.text + bytes.toString("utf8", read.end, end), quoted });
    if (delimiterAt < 0) return fields;
    at = end + 1;
  }
}

/** Reads up to the closing quote. */
function readQuoted(
  bytes: Buffer,
  from: number,
  dialect: CsvDialect,
): { readonly text: string; readonly end: number } {
  const quote = dialect.quote?.charCodeAt(0);
  const escape = dialect.escape?.charCodeAt(0);
  let text = "";
  let start = from;
  for (let at = from; at < bytes.length; at += 1) {
    const escaped = bytes[at] === escape && escape !== quote && at + 1 < bytes.length;
    const doubled = dialect.doubleQuote && bytes[at] === quote && bytes[at + 1] === quote;
    if (escaped || doubled) {
      text += bytes.toString("utf8", start, at);
      at += 1;
      start = at;
    } else if (bytes[at] === quote) {
      return { text: text + bytes.toString("utf8", start, at), end: at + 1 };
    }
  }
  return { text: text + bytes.toString("utf8", start), end: bytes.length };
}

function withoutLineEnd(bytes: Buffer): Buffer {
  return isLineEnd(bytes[bytes.length - 1]) ? bytes.subarray(0, -1) : bytes;
}

function marked(...bytes: readonly (number | undefined)[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of bytes) if (byte !== undefined) table[byte] = 1;
  return table;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === NEWLINE || byte === RETURN;
}
