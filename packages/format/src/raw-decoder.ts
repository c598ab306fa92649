/** Decodes streams of raw bytes into one column. */

import { isUtf8 } from "node:buffer";

import { type Decoded, type Decoder, type RecordError, type Row } from "@tidemark/connector";

import { recordError } from "./record-error.ts";

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
const MAX_RECORD_BYTES = 256 * 1024 * 1024;

/** Decodes records as they become whole; what is beyond the size limit is dropped up to `finish`. */
export class RawDecoder implements Decoder {
  readonly #target: RawTarget;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #total = 0n;
  #events = 0;
  #broken = false;
  #rows: Row[] = [];
  #errors: RecordError[] = [];

  constructor(target: RawTarget) {
    this.#target = target;
  }

  push(bytes: Uint8Array): Decoded {
    this.#total += BigInt(bytes.byteLength);
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (this.#target.mode === "lines" && !this.#broken) {
      const end = rest.indexOf(NEWLINE);
      if (end < 0) break;
      this.#hold(rest.subarray(0, end));
      this.#take();
      rest = rest.subarray(end + 1);
    }
    if (!this.#broken && rest.length > 0) this.#hold(Buffer.from(rest));
    return this.#answer();
  }

  finish(): Decoded {
    this.#take();
    this.#broken = false;
    return this.#answer();
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= MAX_RECORD_BYTES) return;
    this.#broken = true;
    this.#release();
    this.#refuse(`a raw record is longer than ${MAX_RECORD_BYTES} bytes`, Buffer.alloc(0));
  }

  #release(): Buffer {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }

  /** Takes what is held as one record. */
  #take(): void {
    const bytes = this.#release();
    if (bytes.length === 0) return;
    const { place, isText } = this.#target;
    this.#events += 1;
    if (isText && !isUtf8(bytes)) {
      return this.#refuse("failed to deserialize raw record: invalid UTF-8", bytes);
    }
    const row: (string | Uint8Array | undefined)[] = Array.from({ length: place }, () => undefined);
    row.push(isText ? bytes.toString("utf8") : new Uint8Array(bytes));
    this.#rows.push(row);
    return undefined;
  }

  #refuse(description: string, bytes: Buffer): void {
    this.#errors.push(
      recordError({
        description,
        eventNumber: this.#events,
        invalidBytes: [...bytes.subarray(0, 1000)],
      }),
    );
  }

  #answer(): Decoded {
    const decoded: Decoded = {
      changes: { rows: this.#rows },
      records: this.#rows.length,
      consumedBytes: this.#total - BigInt(this.#heldBytes),
      errors: this.#errors,
    };
    this.#rows = [];
    this.#errors = [];
    return decoded;
  }
}
