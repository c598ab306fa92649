/** Decodes streams of JSON documents. */

import { isUtf8 } from "node:buffer";

import { type Decoded, type Decoder, type RecordError } from "@tidemark/connector";

import { ChangesBuilder } from "./changes-builder.ts";
import { exactJson, jsonText } from "./exact-json.ts";
import { type EventReader } from "./json-events.ts";
import { afterNewlines, DocumentScanner } from "./json-framing.ts";
import { asFault, conversionError, recordError } from "./record-error.ts";

/** How the stream of events is laid out. */
export interface JsonStream {
  readonly events: EventReader;
  /** Whether a text has numbers that plain parsing may not keep. */
  readonly mayLose: (text: string) => boolean;
  /** Whether each document is an array of events, taken as a whole or not at all. */
  readonly array: boolean;
  /** Whether a newline ends a document; otherwise documents may span lines or share one. */
  readonly singleLines: boolean;
}

const NEWLINE = 10;
/** Below the longest text that the runtime can hold. */
const MAX_DOCUMENT_BYTES = 256 * 1024 * 1024;

/**
 * Decodes documents as they become whole. Where a document is no JSON, the rest of the stream can't
 * be told apart into documents, so it is dropped up to `finish` (of single lines only that line is).
 */
export class JsonDecoder implements Decoder {
  readonly #stream: JsonStream;
  readonly #scanner = new DocumentScanner();
  /** Bytes of the document that has begun and not ended. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #total = 0n;
  #events = 0;
  #broken = false;
  #changes = new ChangesBuilder();
  #records = 0;
  #errors: RecordError[] = [];

  constructor(stream: JsonStream) {
    this.#stream = stream;
  }

  push(bytes: Uint8Array): Decoded {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#total += BigInt(buffer.length);
    let at = this.#heldBytes > 0 && !this.#broken ? this.#takeOne(buffer, 0) : 0;
    if (!this.#broken && at < buffer.length) at = this.#takeLines(buffer, at);
    while (!this.#broken && at < buffer.length) at = this.#takeOne(buffer, at);
    return this.#answer();
  }

  finish(): Decoded {
    if (!this.#broken && this.#heldBytes > 0) {
      const rest = Buffer.concat(this.#held);
      this.#release();
      this.#document(rest);
    }
    this.#release();
    this.#broken = false;
    return this.#answer();
  }

  #answer(): Decoded {
    if (this.#broken) this.#release();
    const decoded: Decoded = {
      changes: this.#changes.build(),
      records: this.#records,
      consumedBytes: this.#total - BigInt(this.#heldBytes),
      errors: this.#errors,
    };
    this.#changes = new ChangesBuilder();
    this.#records = 0;
    this.#errors = [];
    return decoded;
  }

  /**
   * The fast way: takes all whole lines at once, as long as every line is a document. Answers the
   * offset of the first line that isn't, or that behind the last newline.
   */
  #takeLines(buffer: Buffer, from: number): number {
    const end = buffer.lastIndexOf(NEWLINE) + 1;
    if (end <= from || end - from > MAX_DOCUMENT_BYTES) return from;
    const text = buffer.toString("utf8", from, end);
    if (text.includes("\uFFFD") && !isUtf8(buffer.subarray(from, end))) return from;
    const anyMayLose = this.#stream.mayLose(text);
    const lines = text.split("\n");
    for (let index = 0; index < lines.length - 1; index += 1) {
      const line = lines[index] ?? "";
      if (!this.#parseLine(line, anyMayLose)) return afterNewlines(buffer, from, index);
    }
    return end;
  }

  /** Takes a line that is one document or blank; answers false for any other. */
  #parseLine(line: string, mayLose: boolean): boolean {
    let document: unknown;
    try {
      document = mayLose && this.#stream.mayLose(line) ? exactJson(line) : JSON.parse(line);
    } catch {
      return line.trim() === "";
    }
    this.#take(document, line);
    return true;
  }

  /** Takes one document, or holds its beginning; answers the offset behind what it took. */
  #takeOne(buffer: Buffer, from: number): number {
    const start = this.#heldBytes > 0 ? from : this.#scanner.skipBlanks(buffer, from);
    if (start === buffer.length) return start;
    const end = this.#endOfDocument(buffer, start);
    const part = buffer.subarray(start, end ?? buffer.length);
    if (this.#heldBytes + part.length > MAX_DOCUMENT_BYTES) {
      this.#breakOff(`a JSON document is longer than ${MAX_DOCUMENT_BYTES} bytes`, part);
      return buffer.length;
    }
    if (end === undefined) {
      this.#held.push(Buffer.from(part));
      this.#heldBytes += part.length;
      return buffer.length;
    }
    const document = this.#heldBytes > 0 ? Buffer.concat([...this.#held, part]) : part;
    this.#release();
    this.#document(document);
    return end;
  }

  #endOfDocument(buffer: Buffer, start: number): number | undefined {
    if (!this.#stream.singleLines) return this.#scanner.scan(buffer, start);
    const newline = buffer.indexOf(NEWLINE, start);
    return newline < 0 ? undefined : newline + 1;
  }

  #release(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#scanner.reset();
  }

  #document(bytes: Buffer): void {
    if (!isUtf8(bytes)) {
      this.#breakOff("failed to parse string as a JSON document: invalid UTF-8", bytes);
      return;
    }
    const text = bytes.toString("utf8");
    let document: unknown;
    try {
      document = this.#stream.mayLose(text) ? exactJson(text) : JSON.parse(text);
    } catch (error) {
      if (text.trim() === "") return;
      const reason = error instanceof SyntaxError ? error.message : asFault(error).message;
      this.#breakOff(`failed to parse string as a JSON document: ${reason}`, bytes);
      return;
    }
    this.#take(document, text);
  }

  #breakOff(description: string, bytes: Buffer): void {
    this.#broken = !this.#stream.singleLines;
    this.#errors.push(
      isUtf8(bytes)
        ? recordError({ description, invalidText: bytes.toString("utf8", 0, 20_000) })
        : recordError({ description, invalidBytes: [...bytes.subarray(0, 1000)] }),
    );
  }

  #take(document: unknown, text: string): void {
    if (!this.#stream.array) {
      this.#takeEvent(document, text);
    } else if (Array.isArray(document)) {
      this.#takeArray(document);
    } else {
      const { what, example } = this.#stream.events;
      this.#errors.push(
        recordError({
          description: `error deserializing string as a JSON array: expected an array, each element ${what}`,
          invalidText: text,
          suggestion: example,
        }),
      );
    }
  }

  #takeEvent(event: unknown, text: string): void {
    this.#events += 1;
    const before = this.#changes.rows.length;
    try {
      this.#stream.events.apply(event, this.#changes);
      this.#records += 1;
    } catch (error) {
      this.#changes.truncate(before);
      this.#errors.push(this.#eventError(error, text));
    }
  }

  #takeArray(events: readonly unknown[]): void {
    const before = this.#changes.rows.length;
    let failed = false;
    for (const event of events) {
      this.#events += 1;
      try {
        this.#stream.events.apply(event, this.#changes);
      } catch (error) {
        failed = true;
        this.#errors.push(this.#eventError(error, jsonText(event)));
      }
    }
    if (failed) this.#changes.truncate(before);
    else this.#records += events.length;
  }

  #eventError(error: unknown, text: string): RecordError {
    return conversionError(error, "JSON record", {
      eventNumber: this.#events,
      invalidText: text.trimEnd(),
      suggestion: asFault(error).field === undefined ? this.#stream.events.example : null,
    });
  }
}
