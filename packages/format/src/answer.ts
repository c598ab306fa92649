/** What a decoder has to answer next: good records, bad ones, and where among them these stand. */

import { type Decoded, type RecordError, type RejectSpan } from "@tidemark/connector";

import { ChangesBuilder } from "./changes-builder.ts";

/** Collects one answer after the other. */
export class Answer {
  changes: ChangesBuilder = new ChangesBuilder();
  /** Good records so far. */
  records: number = 0;
  #errors: RecordError[] = [];
  #rejects: RejectSpan[] = [];

  /** Adds a record that is refused, which stands from one byte of the stream to another. */
  refuse(error: RecordError, start: number, end: number): void {
    const from = BigInt(start);
    this.#errors.push({ ...error, byteOffset: from });
    const { records } = this;
    this.#rejects.push({ rows: this.changes.rows.length, records, from, to: BigInt(end) });
  }

  /** Gives what has been collected, and begins the next. */
  take(consumedBytes: bigint): Decoded {
    const decoded: Decoded = {
      changes: this.changes.build(),
      records: this.records,
      consumedBytes,
      errors: this.#errors,
      ...(this.#rejects.length === 0 ? {} : { rejects: this.#rejects }),
    };
    this.changes = new ChangesBuilder();
    this.records = 0;
    this.#errors = [];
    this.#rejects = [];
    return decoded;
  }
}
