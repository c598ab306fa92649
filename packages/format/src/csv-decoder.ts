/** Decodes streams of CSV records; every record is an insert. */

import { isUtf8 } from "node:buffer";

import { type Decoded, type Decoder, type RecordError, type Row } from "@tidemark/connector";

import { type CsvDialect } from "./csv-dialect.ts";
import { type CsvRowReader } from "./csv-row.ts";
import { type CsvField, scanRecord } from "./csv-scanner.ts";
import { conversionError, recordError } from "./record-error.ts";
import { ValueFault } from "./value-fault.ts";

const NEWLINE = 10;
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
const EDGE_BLANKS = /^[\t\v\f\r ]+|[\t\v\f\r ]+$/g;

/**
 * Decodes records as their lines become whole. A record beyond the size limit (a quote that is
 * never closed) drops the rest of the stream up to `finish`.
 */
export class CsvDecoder implements Decoder {
  readonly #dialect: CsvDialect;
  readonly #readRow: CsvRowReader;
  /** Bytes of the record that has begun and not ended. */
  #held: Buffer = Buffer.alloc(0);
  #total = 0n;
  #events = 0;
  #headingDue: boolean;
  #fieldCount: number | undefined;
  #broken = false;
  #rows: Row[] = [];
  #errors: RecordError[] = [];

  constructor(dialect: CsvDialect, readRow: CsvRowReader) {
    this.#dialect = dialect;
    this.#readRow = readRow;
    this.#headingDue = dialect.headers;
  }

  push(bytes: Uint8Array): Decoded {
    this.#total += BigInt(bytes.byteLength);
    if (this.#broken) return this.#answer();
    const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const buffer = this.#held.length > 0 ? Buffer.concat([this.#held, given]) : given;
    const at = given.includes(NEWLINE) ? this.#takeWhole(buffer) : 0;
    this.#held = Buffer.from(buffer.subarray(at));
    if (this.#held.length > MAX_RECORD_BYTES) this.#breakOff();
    return this.#answer();
  }

  finish(): Decoded {
    for (let at = 0; at < this.#held.length;) at = this.#takeOne(this.#held, at, true) ?? at + 1;
    this.#held = Buffer.alloc(0);
    this.#broken = false;
    this.#headingDue = this.#dialect.headers;
    this.#fieldCount = undefined;
    return this.#answer();
  }

  #answer(): Decoded {
    const decoded: Decoded = {
      changes: { rows: this.#rows },
      records: this.#rows.length,
      consumedBytes: this.#total - BigInt(this.#held.length),
      errors: this.#errors,
    };
    this.#rows = [];
    this.#errors = [];
    return decoded;
  }

  /** Takes all whole records; answers the offset behind the last of them. */
  #takeWhole(buffer: Buffer): number {
    const end = buffer.lastIndexOf(NEWLINE) + 1;
    const block = buffer.subarray(0, end);
    const { quote } = this.#dialect;
    if ((quote === undefined || !block.includes(quote)) && isUtf8(block)) {
      this.#takeLines(block.toString("utf8"));
      return end;
    }
    let at = 0;
    while (at < end) {
      const next = this.#takeOne(buffer, at, false);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  /** The fast way, for text without quotes: every line is a record. */
  #takeLines(text: string): void {
    const { delimiter } = this.#dialect;
    const lines = text.split("\n");
    for (let index = 0; index < lines.length - 1; index += 1) {
      let line = lines[index] ?? "";
      if (line.endsWith("\r")) line = line.slice(0, -1);
      if (!this.#isSkipped(line)) this.#take(line.split(delimiter), undefined, line);
    }
  }

  #isSkipped(line: string): boolean {
    const { comment } = this.#dialect;
    return line === "" || (comment !== undefined && line.startsWith(comment));
  }

  /** Takes the record at an offset; undefined where it is not whole yet. */
  #takeOne(buffer: Buffer, from: number, last: boolean): number | undefined {
    const newline = buffer.indexOf(NEWLINE, from);
    const lineEnd = newline < 0 ? buffer.length : newline;
    if (newline < 0 && !last) return undefined;
    const first = buffer.toString("latin1", from, Math.min(from + 2, lineEnd));
    if (this.#isSkipped(first === "\r" ? "" : first)) return Math.min(lineEnd + 1, buffer.length);
    const record = scanRecord(buffer, from, { dialect: this.#dialect, last });
    if (record === undefined) return undefined;
    const bytes = buffer.subarray(from, record.end);
    const text = bytes.toString("utf8");
    if (text.includes("\uFFFD") && !isUtf8(bytes)) this.#refuseBytes(bytes);
    else this.#takeFields(record.fields, text.replace(/\r?\n$/, ""));
    return record.end;
  }

  #takeFields(fields: readonly CsvField[], text: string): void {
    const isQuoted = (index: number): boolean => fields[index]?.quoted === true;
    this.#take(
      fields.map((field) => field.text),
      isQuoted,
      text,
    );
  }

  #take(
    fields: readonly string[],
    isQuoted: ((index: number) => boolean) | undefined,
    text: string,
  ): void {
    if (!this.#dialect.flexible) this.#fieldCount ??= fields.length;
    if (this.#headingDue) {
      this.#headingDue = false;
      return;
    }
    this.#events += 1;
    try {
      this.#checkCount(fields.length);
      const values = this.#dialect.trimFields
        ? fields.map((field) => field.replace(EDGE_BLANKS, ""))
        : fields;
      this.#rows.push(this.#readRow(values, isQuoted));
    } catch (error) {
      const parts = { eventNumber: this.#events, invalidText: text };
      this.#errors.push(conversionError(error, "CSV record", parts));
    }
  }

  #checkCount(found: number): void {
    if (this.#fieldCount === undefined || this.#fieldCount === found) return;
    throw new ValueFault(
      `found record with ${found} fields, but the first record has ${this.#fieldCount} fields`,
    );
  }

  #refuseBytes(bytes: Buffer): void {
    if (this.#headingDue) {
      this.#headingDue = false;
      return;
    }
    this.#events += 1;
    this.#errors.push(
      recordError({
        description: "failed to deserialize CSV record: invalid UTF-8",
        eventNumber: this.#events,
        invalidBytes: [...bytes.subarray(0, 1000)],
      }),
    );
  }

  #breakOff(): void {
    this.#broken = true;
    this.#errors.push(
      recordError({
        description: `a CSV record is longer than ${MAX_RECORD_BYTES} bytes; is a quote not closed?`,
        invalidText: this.#held.toString("utf8", 0, 10_000),
      }),
    );
    this.#held = Buffer.alloc(0);
  }
}
