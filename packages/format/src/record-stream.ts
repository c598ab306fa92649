/** Cuts a stream of bytes into records, good and bad ones. */

import { type Unfinished } from "@tidemark/connector";

/** Tells the records of a stream apart; keeps its place between calls, so bytes may be cut anywhere. */
export interface Framing {
  /** How a message names a record, for example `a JSON document`. */
  readonly what: string;
  /** The offset of the first byte that belongs to a record. */
  skipBlanks(bytes: Uint8Array, from: number): number;
  /** A record begins at the next byte that is scanned. */
  begin(): void;
  /** Takes the record's next bytes; answers how many bytes long it is, once that is known. */
  scan(bytes: Uint8Array, from: number, to: number): number | undefined;
  /** The record is bad whatever follows; answers how long it is where that is known by now. */
  spoil(): number | undefined;
  /** Nothing follows: answers how long the record is. */
  finish(): number;
  /** What is wrong with the record, beyond what reading it tells. */
  readonly fault: string | undefined;
  /** What has to come for the record's end to be known. */
  readonly awaits: string;
}

/** One record and where it stands in its stream. */
export interface FramedRecord {
  /** Of one beyond the limit only the beginning. */
  readonly bytes: Buffer;
  /** Bytes of the stream before it, and before what follows it. */
  readonly start: number;
  readonly end: number;
  /** Why it is refused whatever it holds. */
  readonly fault: string | undefined;
}

const EMPTY: Buffer = Buffer.alloc(0);
const LINE_END = Buffer.from("\n");
/** What is kept of a record beyond the limit. */
const SHOWN_BYTES = 20_000;

/** Gives records as they become whole. */
export class RecordStream {
  readonly #framing: Framing;
  readonly #limit: number;
  #bytes: Buffer = EMPTY;
  #at = 0;
  /** Bytes of the stream before `#at`. */
  #position = 0;
  #begun = false;
  /** What earlier bytes hold of the record that has begun. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #tooLong = false;

  constructor(framing: Framing, limit: number) {
    this.#framing = framing;
    this.#limit = limit;
  }

  /** Bytes of the stream before the record that is not whole, or before what was not looked at. */
  get consumed(): number {
    return this.#position - this.#heldBytes;
  }

  /** What is still to be looked at; empty inside of a record. */
  get rest(): Buffer {
    return this.#begun ? EMPTY : this.#bytes.subarray(this.#at);
  }

  /** The record that has begun and is not whole. */
  get unfinished(): Unfinished | undefined {
    if (!this.#begun) return undefined;
    const { what, awaits } = this.#framing;
    return { byteOffset: BigInt(this.consumed), what, awaits };
  }

  /** Gives the stream's next bytes, once all records of those before are taken. */
  give(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#at = 0;
  }

  /** Passes so many whole lines' bytes of the rest. */
  pass(count: number): void {
    if (count === 0) return;
    this.#framing.skipBlanks(this.#bytes.subarray(0, this.#at + count), this.#at + count - 1);
    this.#at += count;
    this.#position += count;
  }

  /** The next record that is whole. */
  next(): FramedRecord | undefined {
    if (!this.#begun && !this.#begin()) return undefined;
    let from = this.#at;
    if (!this.#tooLong) {
      const room = this.#limit - this.#heldBytes;
      from = Math.min(this.#bytes.length, this.#at + room);
      const end = this.#framing.scan(this.#bytes, this.#at, from);
      if (end !== undefined) return this.#take(end);
      if (from - this.#at === room) {
        this.#tooLong = true;
        const early = this.#framing.spoil();
        if (early !== undefined) return this.#take(early);
      }
    }
    const end = this.#framing.scan(this.#bytes, from, this.#bytes.length);
    if (end !== undefined) return this.#take(end);
    this.#hold();
    return undefined;
  }

  /** The next record where nothing follows the bytes that were given; what does is another stream. */
  last(): FramedRecord | undefined {
    const next = this.next();
    if (next !== undefined || this.#begun) return next ?? this.#take(this.#framing.finish());
    this.#framing.skipBlanks(LINE_END, 0);
    return undefined;
  }

  #begin(): boolean {
    const start = this.#framing.skipBlanks(this.#bytes, this.#at);
    this.#position += start - this.#at;
    this.#at = start;
    if (start === this.#bytes.length) return false;
    this.#framing.begin();
    this.#begun = true;
    return true;
  }

  #hold(): void {
    const rest = this.#bytes.subarray(this.#at);
    this.#position += rest.length;
    this.#heldBytes += rest.length;
    this.#at = this.#bytes.length;
    if (!this.#tooLong) this.#held.push(Buffer.from(rest));
    else this.#held = [Buffer.from(Buffer.concat([...this.#held, rest]).subarray(0, SHOWN_BYTES))];
  }

  /** Takes a record of so many bytes, which may end before what is held does. */
  #take(length: number): FramedRecord {
    const start = this.consumed;
    if (length < this.#heldBytes) this.#putBack(length);
    const stop = this.#at + length - this.#heldBytes;
    const part = this.#bytes.subarray(this.#at, stop);
    const bytes = this.#held.length > 0 ? Buffer.concat([...this.#held, part]) : part;
    const tooLong = `${this.#framing.what} is longer than ${this.#limit} bytes`;
    const fault = this.#framing.fault ?? (this.#tooLong ? tooLong : undefined);
    this.#position += stop - this.#at;
    this.#at = stop;
    this.#begun = false;
    this.#tooLong = false;
    this.#held = [];
    this.#heldBytes = 0;
    return { bytes, start, end: start + length, fault };
  }

  /** Puts back what is held beyond a length. Where that was dropped, it was the blanks of a line. */
  #putBack(length: number): void {
    const rest = this.#bytes.subarray(this.#at);
    const beyond = this.#heldBytes - length;
    const held = Buffer.concat(this.#held);
    const isWhole = held.length === this.#heldBytes;
    const back = isWhole ? held.subarray(length) : Buffer.alloc(beyond, " ");
    this.#bytes = Buffer.concat([back, rest]);
    this.#at = 0;
    this.#position -= beyond;
    this.#heldBytes = length;
    this.#held = isWhole ? [held.subarray(0, length)] : this.#held;
  }
}
