/** Decodes streams of CSV records; every record is an insert. */

import { isUtf8 } from "node:buffer";

import { type Decoded, type Decoder, type Unfinished } from "@tidemark/connector";

import { Answer } from "./answer.ts";
import { type CsvDialect } from "./csv-dialect.ts";
import { type CsvHeading } from "./csv-heading.ts";
import { type CsvRowReader } from "./csv-row.ts";
import { csvFields, CsvScanner } from "./csv-scanner.ts";
import { conversionError, recordError } from "./record-error.ts";
import { type FramedRecord, RecordStream } from "./record-stream.ts";
import { TextPlaces } from "./text-places.ts";
import { ValueFault } from "./value-fault.ts";

const NEWLINE = 10;
const RETURN = 13;
const LONGEST_BYTES = 16 * 1024 * 1024;
/** As much of a stream is looked at for its heading by a decoder that goes on in it. */
const LONGEST_HEADING = 1024 * 1024;
const EDGE_BLANKS = /^[\t\v\f\r ]+|[\t\v\f\r ]+$/g;

/** Where a record stands in the stream, asked for only where it is refused. */
type Span = () => Pick<FramedRecord, "start" | "end">;
type IsQuoted = (index: number) => boolean;

/** What a decoder is made with. */
export interface CsvStream {
  readonly dialect: CsvDialect;
  readonly readRow: CsvRowReader;
  readonly heading: CsvHeading;
  readonly longestBytes?: number;
}

/** Decodes records as their lines become whole; a bad one is an error, and the next line goes on. */
export class CsvDecoder implements Decoder {
  readonly #stream: CsvStream;
  readonly #records: RecordStream;
  readonly #answer = new Answer();
  readonly #longest: number;
  #events = 0;

  constructor(stream: CsvStream) {
    this.#stream = stream;
    this.#longest = stream.longestBytes ?? LONGEST_BYTES;
    this.#records = new RecordStream(new CsvScanner(stream.dialect), this.#longest);
  }

  push(bytes: Uint8Array): Decoded {
    this.#records.give(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const begun = this.#records.unfinished === undefined ? undefined : this.#records.next();
    if (begun !== undefined) this.#record(begun);
    this.#takeLines();
    for (let next = this.#records.next(); next !== undefined; next = this.#records.next()) {
      this.#record(next);
    }
    return this.#answer.take(BigInt(this.#records.consumed));
  }

  /** Takes what the stream began with for its heading, so that another decoder goes on behind it. */
  takeBeginning(beginning: Uint8Array): void {
    this.push(beginning);
    if (this.#stream.heading.due && beginning.length < LONGEST_HEADING) this.#drain();
  }

  finish(): Decoded {
    this.#drain();
    this.#stream.heading.restart();
    return this.#answer.take(BigInt(this.#records.consumed));
  }

  #drain(): void {
    for (let last = this.#records.last(); last !== undefined; last = this.#records.last()) {
      this.#record(last);
    }
  }

  unfinished(): Unfinished | undefined {
    return this.#records.unfinished;
  }

  /** The fast way, for text without quotes: every line is a record. */
  #takeLines(): void {
    const bytes = this.#records.rest;
    const end = Math.max(bytes.lastIndexOf(NEWLINE), bytes.lastIndexOf(RETURN)) + 1;
    const block = bytes.subarray(0, end);
    const { quote, delimiter } = this.#stream.dialect;
    if (end === 0 || end > this.#longest) return;
    if ((quote !== undefined && block.includes(quote)) || !isUtf8(block)) return;
    const text = block.toString("utf8");
    const places = new TextPlaces(text, this.#records.consumed);
    let lineReturn = -1;
    for (let from = 0; from < text.length;) {
      if (lineReturn < from) lineReturn = endOr(text.indexOf("\r", from), text.length);
      const newline = endOr(text.indexOf("\n", from), text.length);
      const lineEnd = newline < lineReturn ? newline : lineReturn;
      const line = text.slice(from, lineEnd);
      const start = from;
      from = newline === lineReturn + 1 ? newline + 1 : lineEnd + 1;
      if (this.#isSkipped(line)) continue;
      this.#take(line.split(delimiter), undefined, line, () => ({
        start: places.of(start),
        end: places.of(lineEnd + 1),
      }));
    }
    this.#records.pass(end);
  }

  #isSkipped(line: string): boolean {
    const { comment } = this.#stream.dialect;
    return line === "" || (comment !== undefined && line.startsWith(comment));
  }

  #record({ bytes, fault, ...span }: FramedRecord): void {
    const text = bytes.toString("utf8").replace(/[\r\n]$/, "");
    if (this.#isSkipped(text)) return;
    if (fault !== undefined) return this.#refuse(fault, bytes, span);
    if (text.includes("\uFFFD") && !isUtf8(bytes))
      return this.#refuse("invalid UTF-8", bytes, span);
    const fields = csvFields(bytes, this.#stream.dialect);
    const texts = fields.map((field) => field.text);
    this.#take(
      texts,
      (index) => fields[index]?.quoted === true,
      text,
      () => span,
    );
  }

  #take(given: readonly string[], isQuoted: IsQuoted | undefined, text: string, span: Span): void {
    const { heading, dialect, readRow } = this.#stream;
    if (heading.refused) return;
    if (!dialect.flexible) heading.fieldCount ??= given.length;
    if (heading.due) return this.#takeHeading(given, text, span);
    this.#events += 1;
    try {
      this.#checkCount(given.length);
      const { trimFields } = dialect;
      const fields = trimFields ? given.map((field) => field.replace(EDGE_BLANKS, "")) : given;
      this.#answer.changes.add("insert", readRow(fields, { isQuoted, places: heading.places }));
      this.#answer.records += 1;
    } catch (error) {
      const parts = { eventNumber: this.#events, invalidText: text };
      const { start, end } = span();
      this.#answer.refuse(conversionError(error, "CSV record", parts), start, end);
    }
  }

  #takeHeading(names: readonly string[], text: string, span: Span): void {
    const { heading, dialect } = this.#stream;
    try {
      heading.take(
        dialect.trimHeaders ? names.map((name) => name.replace(EDGE_BLANKS, "")) : names,
      );
    } catch (error) {
      const { start, end } = span();
      const refused = conversionError(error, "the heading of a CSV stream", { invalidText: text });
      this.#answer.refuse(refused, start, end);
    }
  }

  #checkCount(found: number): void {
    const { fieldCount } = this.#stream.heading;
    if (fieldCount === undefined || fieldCount === found) return;
    throw new ValueFault(
      `found record with ${found} fields, but the first record has ${fieldCount} fields`,
    );
  }

  #refuse(reason: string, bytes: Buffer, { start, end }: ReturnType<Span>): void {
    const { heading } = this.#stream;
    if (heading.refused) return;
    if (heading.due) {
      heading.due = false;
      heading.refused = true;
    } else {
      this.#events += 1;
    }
    const error = recordError({
      description: `failed to deserialize CSV record: ${reason}`,
      eventNumber: heading.refused ? null : this.#events,
      ...(isUtf8(bytes)
        ? { invalidText: bytes.toString("utf8", 0, 20_000).replace(/[\r\n]$/, "") }
        : { invalidBytes: [...bytes.subarray(0, 1000)] }),
    });
    this.#answer.refuse(error, start, end);
  }
}

/** Where something was found, or else the end. */
function endOr(found: number, end: number): number {
  return found < 0 ? end : found;
}
