/** Cuts CSV bytes into fields, quotes and all. */

import { type CsvDialect } from "./csv-dialect.ts";

/** A field as given. */
export interface CsvField {
  readonly text: string;
  /** Whether it stood in quotes. */
  readonly quoted: boolean;
}

/** A record and where it ends, its line end included. */
export interface CsvRecord {
  readonly fields: readonly CsvField[];
  readonly end: number;
}

const NEWLINE = 10;
const RETURN = 13;

/** Reads the record that starts at an offset; at the `last` one the end of the bytes ends it. */
export function scanRecord(
  bytes: Buffer,
  from: number,
  options: { readonly dialect: CsvDialect; readonly last: boolean },
): CsvRecord | undefined {
  const { dialect, last } = options;
  const delimiter = dialect.delimiter.charCodeAt(0);
  const quote = dialect.quote?.charCodeAt(0);
  const fields: CsvField[] = [];
  for (let at = from; ;) {
    const quoted = at < bytes.length && bytes[at] === quote;
    const read = quoted ? readQuoted(bytes, at + 1, dialect) : { text: "", end: at };
    if (read === undefined && !last) return undefined;
    const start = read?.end ?? bytes.length;
    let end = start;
    while (end < bytes.length && bytes[end] !== delimiter && bytes[end] !== NEWLINE) end += 1;
    if (end === bytes.length && !last) return undefined;
    const lineEnds = end === bytes.length || bytes[end] === NEWLINE;
    const stop = lineEnds && end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    const inQuotes = read?.text ?? unclosed(bytes, at + 1, dialect);
    fields.push({ text: inQuotes + bytes.toString("utf8", start, stop), quoted });
    if (lineEnds) return { fields, end: Math.min(end + 1, bytes.length) };
    at = end + 1;
  }
}

/** Reads up to the closing quote; answers undefined where there is none. */
function readQuoted(
  bytes: Buffer,
  from: number,
  dialect: CsvDialect,
): { readonly text: string; readonly end: number } | undefined {
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
  return undefined;
}

/** The text behind a quote that is never closed. */
function unclosed(bytes: Buffer, from: number, dialect: CsvDialect): string {
  const closing = Buffer.from(dialect.quote ?? "");
  return readQuoted(Buffer.concat([bytes.subarray(from), closing]), 0, dialect)?.text ?? "";
}
