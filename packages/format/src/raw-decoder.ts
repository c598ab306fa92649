/** Decodes streams of raw bytes into one column. */

import { isUtf8 } from "node:buffer";

import { type Decoded, type Decoder, type Unfinished } from "@tidemark/connector";

import { Answer } from "./answer.ts";
import { LineFraming, WholeFraming } from "./line-framing.ts";
import { recordError } from "./record-error.ts";
import { type FramedRecord, RecordStream } from "./record-stream.ts";

/** Where the bytes go. */
export interface RawTarget {
  /** Whether all of a stream is one record, or every line that is not empty. */
  readonly mode: "blob" | "lines";
  /** The column's place; the other columns take their defaults. */
  readonly place: number;
  /** Whether the column takes text, which must be UTF-8. */
  readonly isText: boolean;
}

const NEWLINE = 10;
const LONGEST_BYTES = 256 * 1024 * 1024;

/** Decodes records as they become whole; one beyond the size limit is an error, and the next goes on. */
export class RawDecoder implements Decoder {
  readonly #target: RawTarget;
  readonly #records: RecordStream;
  readonly #answer = new Answer();
  #events = 0;

  constructor(target: RawTarget, longestBytes: number = LONGEST_BYTES) {
    this.#target = target;
    const what = "a raw record";
    const framing =
      target.mode === "blob"
        ? new WholeFraming(what)
        : new LineFraming(what, (byte) => byte === NEWLINE);
    this.#records = new RecordStream(framing, longestBytes);
  }

  push(bytes: Uint8Array): Decoded {
    this.#records.give(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    for (let next = this.#records.next(); next !== undefined; next = this.#records.next()) {
      this.#take(next);
    }
    return this.#answer.take(BigInt(this.#records.consumed));
  }

  finish(): Decoded {
    for (let last = this.#records.last(); last !== undefined; last = this.#records.last()) {
      this.#take(last);
    }
    return this.#answer.take(BigInt(this.#records.consumed));
  }

  unfinished(): Unfinished | undefined {
    return this.#records.unfinished;
  }

  #take({ bytes: given, fault, start, end }: FramedRecord): void {
    const isLine = this.#target.mode === "lines" && given[given.length - 1] === NEWLINE;
    const bytes = isLine ? given.subarray(0, -1) : given;
    const { place, isText } = this.#target;
    this.#events += 1;
    const reason = fault ?? (isText && !isUtf8(bytes) ? "invalid UTF-8" : undefined);
    if (reason !== undefined) {
      const error = recordError({
        description: `failed to deserialize raw record: ${reason}`,
        eventNumber: this.#events,
        invalidBytes: [...bytes.subarray(0, 1000)],
      });
      return this.#answer.refuse(error, start, end);
    }
    const row: (string | Uint8Array | undefined)[] = Array.from({ length: place }, () => undefined);
    row.push(isText ? bytes.toString("utf8") : new Uint8Array(bytes));
    this.#answer.changes.add("insert", row);
    this.#answer.records += 1;
    return undefined;
  }
}
