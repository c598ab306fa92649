/** Decodes streams of JSON documents. */

import { isUtf8 } from "node:buffer";

import { type Decoded, type Decoder, type Unfinished } from "@tidemark/connector";

import { Answer } from "./answer.ts";
import { exactJson, jsonText } from "./exact-json.ts";
import { isBlank, isTooDeep, MAX_DEPTH, NEWLINE, skipBlanks } from "./json-bytes.ts";
import { type EventReader } from "./json-events.ts";
import { DocumentScanner } from "./json-scanner.ts";
import { LineFraming } from "./line-framing.ts";
import { asFault, conversionError, recordError } from "./record-error.ts";
import { type FramedRecord, RecordStream } from "./record-stream.ts";

/** How the stream of events is laid out. */
export interface JsonStream {
  readonly events: EventReader;
  /** Whether a text has numbers that plain parsing may not keep. */
  readonly mayLose: (text: string) => boolean;
  /** Whether each document is an array of events, taken as a whole or not at all. */
  readonly array: boolean;
  /** Whether a newline ends a document; otherwise documents may span lines or share one. */
  readonly singleLines: boolean;
  /** The longest document; by default below the longest text that the runtime can hold. */
  readonly longestBytes?: number;
}

const LONGEST_BYTES = 256 * 1024 * 1024;
const SHOWN_BYTES = 20_000;
const NOT_JSON = "failed to parse string as a JSON document";
const BLANKS_AROUND = /^[ \n\r\t]+|[ \n\r\t]+$/g;

/** Where a document stands in the stream. */
type Span = Pick<FramedRecord, "start" | "end">;

/** Decodes documents as they become whole; one that is no JSON is an error, and the next goes on. */
export class JsonDecoder implements Decoder {
  readonly #stream: JsonStream;
  readonly #documents: RecordStream;
  readonly #answer = new Answer();
  #events = 0;

  constructor(stream: JsonStream) {
    this.#stream = stream;
    const framing = stream.singleLines
      ? new LineFraming("a JSON document", isBlank)
      : new DocumentScanner();
    this.#documents = new RecordStream(framing, stream.longestBytes ?? LONGEST_BYTES);
  }

  push(bytes: Uint8Array): Decoded {
    this.#documents.give(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const begun = this.#documents.unfinished === undefined ? undefined : this.#documents.next();
    if (begun !== undefined) this.#document(begun);
    this.#takeLines();
    for (let next = this.#documents.next(); next !== undefined; next = this.#documents.next()) {
      this.#document(next);
    }
    return this.#answer.take(BigInt(this.#documents.consumed));
  }

  finish(): Decoded {
    for (let last = this.#documents.last(); last !== undefined; last = this.#documents.last()) {
      this.#document(last);
    }
    return this.#answer.take(BigInt(this.#documents.consumed));
  }

  unfinished(): Unfinished | undefined {
    return this.#documents.unfinished;
  }

  /** The fast way: takes all whole lines at once, as long as every line is a document. */
  #takeLines(): void {
    const bytes = this.#documents.rest;
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end === 0 || end > (this.#stream.longestBytes ?? LONGEST_BYTES)) return;
    const text = bytes.toString("utf8", 0, end);
    if (text.includes("\uFFFD") && !isUtf8(bytes.subarray(0, end))) return;
    const anyMayLose = this.#stream.mayLose(text);
    const lines = text.split("\n");
    const places = new LinePlaces(bytes, this.#documents.consumed);
    for (let index = 0; index < lines.length - 1; index += 1) {
      const line = lines[index] ?? "";
      if (!this.#parseLine(line, anyMayLose, () => places.of(index))) {
        return this.#documents.pass(places.beginningOf(index));
      }
    }
    this.#documents.pass(end);
  }

  /** Takes a line that is one document or blank; answers false for any other. */
  #parseLine(line: string, mayLose: boolean, span: () => Span): boolean {
    let document: unknown;
    try {
      if (isTooDeep(line)) return false;
      document = mayLose && this.#stream.mayLose(line) ? exactJson(line) : JSON.parse(line);
    } catch {
      return line.replace(BLANKS_AROUND, "") === "";
    }
    this.#take(document, line, span);
    return true;
  }

  #document({ bytes, fault, ...span }: FramedRecord): void {
    if (fault !== undefined) return this.#refuse(fault, bytes, span);
    if (!isUtf8(bytes)) return this.#refuse("invalid UTF-8", bytes, span);
    const text = bytes.toString("utf8").replace(BLANKS_AROUND, "");
    if (this.#stream.singleLines && isTooDeep(text)) {
      return this.#refuse(`it is nested more than ${MAX_DEPTH} deep`, bytes, span);
    }
    let document: unknown;
    try {
      document = this.#stream.mayLose(text) ? exactJson(text) : JSON.parse(text);
    } catch (error) {
      const reason = error instanceof SyntaxError ? error.message : asFault(error).message;
      return this.#refuse(reason, bytes, span);
    }
    this.#take(document, text, () => span);
  }

  #refuse(reason: string, bytes: Buffer, { start, end }: Span): void {
    const description = `${NOT_JSON}: ${reason}`;
    const shown = bytes.toString("utf8", 0, SHOWN_BYTES).replace(BLANKS_AROUND, "");
    const error = isUtf8(bytes)
      ? recordError({ description, invalidText: shown })
      : recordError({ description, invalidBytes: [...bytes.subarray(0, 1000)] });
    this.#answer.refuse(error, start, end);
  }

  #take(document: unknown, text: string, span: () => Span): void {
    if (!this.#stream.array) {
      this.#takeEvent(document, text, span);
    } else if (Array.isArray(document)) {
      this.#takeArray(document, span);
    } else {
      const { start, end } = span();
      const { what, example } = this.#stream.events;
      const error = recordError({
        description: `error deserializing string as a JSON array: expected an array, each element ${what}`,
        invalidText: text.replace(BLANKS_AROUND, ""),
        suggestion: example,
      });
      this.#answer.refuse(error, start, end);
    }
  }

  #takeEvent(event: unknown, text: string, span: () => Span): void {
    this.#events += 1;
    const { changes } = this.#answer;
    const before = changes.rows.length;
    try {
      this.#stream.events.apply(event, changes);
      this.#answer.records += 1;
    } catch (error) {
      changes.truncate(before);
      const { start, end } = span();
      this.#answer.refuse(this.#eventError(error, text), start, end);
    }
  }

  #takeArray(events: readonly unknown[], span: () => Span): void {
    const { changes } = this.#answer;
    const before = changes.rows.length;
    const errors = events.flatMap((event) => {
      this.#events += 1;
      try {
        this.#stream.events.apply(event, changes);
        return [];
      } catch (error) {
        return [this.#eventError(error, jsonText(event))];
      }
    });
    if (errors.length === 0) {
      this.#answer.records += events.length;
      return;
    }
    changes.truncate(before);
    const { start, end } = span();
    for (const error of errors) this.#answer.refuse(error, start, end);
  }

  #eventError(error: unknown, text: string): ReturnType<typeof conversionError> {
    return conversionError(error, "JSON record", {
      eventNumber: this.#events,
      invalidText: text.replace(BLANKS_AROUND, ""),
      suggestion: asFault(error).field === undefined ? this.#stream.events.example : null,
    });
  }
}

/** Where lines stand, asked for in their order. */
class LinePlaces {
  readonly #bytes: Buffer;
  readonly #base: number;
  #index = 0;
  #at = 0;

  constructor(bytes: Buffer, base: number) {
    this.#bytes = bytes;
    this.#base = base;
  }

  /** The offset in these bytes at which a line begins. */
  beginningOf(index: number): number {
    for (; this.#index < index; this.#index += 1) {
      this.#at = this.#bytes.indexOf(NEWLINE, this.#at) + 1;
    }
    return this.#at;
  }

  /** The bytes of a line, without its indentation. */
  of(index: number): Span {
    const at = this.beginningOf(index);
    const end = this.#bytes.indexOf(NEWLINE, at) + 1;
    return { start: this.#base + skipBlanks(this.#bytes, at), end: this.#base + end };
  }
}
