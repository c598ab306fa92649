/** Where records end in a body that is read in pieces: where it can be cut without losing a part of one. */

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Follows a body. */
export interface RecordEnds {
  /** Reads the next bytes; answers how many of them the last record that ends there takes, or 0. */
  read(bytes: Uint8Array): number;
  /** Forgets what is open: a record that is bad may seem to have no end. */
  reset(): void;
}

/** The ends of records in a format with these parameters. */
export function recordEnds(
  format: "json" | "csv",
  parameters: Readonly<Record<string, string>>,
): RecordEnds {
  return format === "json" ? new JsonEnds() : new CsvEnds(parameters);
}

/** A document ends with its last bracket, one without brackets with its line; no string goes on behind its line. */
class JsonEnds implements RecordEnds {
  #depth = 0;
  #inString = false;
  #escaped = false;

  // One loop over local variables: it sees every byte of files of any size.
  read(bytes: Uint8Array): number {
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let end = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === NEWLINE) {
        inString = escaped = false;
        if (depth === 0) end = at + 1;
      } else if (escaped) {
        escaped = false;
      } else if (inString) {
        if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) escaped = true;
      } else if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        depth += 1;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        depth = Math.max(0, depth - 1);
        if (depth === 0) end = at + 1;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return end;
  }

  reset(): void {
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }
}

/** Where the next byte stands: at a field's begin, in one, in quotes, behind an escape or a quote that may close. */
type CsvPlace = "begin" | "plain" | "quoted" | "escaped" | "closed";

/** A record ends with its line, unless that is inside of quotes, which only open where a field begins. */
class CsvEnds implements RecordEnds {
  readonly #quote: number | undefined;
  readonly #escape: number | undefined;
  readonly #delimiter: number;
  #place: CsvPlace = "begin";

  constructor({ quoting, quote, escape, delimiter }: Readonly<Record<string, string>>) {
    this.#quote = quoting === "false" ? undefined : (lastByte(quote) ?? QUOTE);
    this.#escape = lastByte(escape);
    this.#delimiter = lastByte(delimiter) ?? COMMA;
  }

  read(bytes: Uint8Array): number {
    let end = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      this.#place = this.#after(byte);
      if (this.#place === "begin" && isLineEnd(byte)) end = at + 1;
    }
    return end;
  }

  reset(): void {
    this.#place = "begin";
  }

  #after(byte: number): CsvPlace {
    if (this.#place === "escaped") return "quoted";
    if (this.#place === "quoted") {
      if (byte === this.#escape) return "escaped";
      return byte === this.#quote ? "closed" : "quoted";
    }
    if (isLineEnd(byte) || byte === this.#delimiter) return "begin";
    // A quote that is doubled closes and opens again.
    const opens = this.#place === "begin" || this.#place === "closed";
    return opens && byte === this.#quote ? "quoted" : "plain";
  }
}

function isLineEnd(byte: number): boolean {
  return byte === NEWLINE || byte === CARRIAGE_RETURN;
}

function lastByte(character: string | undefined): number | undefined {
  return character === undefined ? undefined : Buffer.from(character).at(-1);
}
