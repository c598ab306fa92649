/** How a body is cut into what is sent, so that it can be ended early. */

import { type RecordEnds } from "./record-ends.ts";

/** Cuts a body. */
export interface Cutting {
  /** Takes the next bytes; answers what can be sent of all that were taken. */
  take(bytes: Uint8Array): Uint8Array;
  /** What was not sent yet. */
  rest(): Uint8Array;
  /** Whether what was sent ends inside of a record. */
  readonly isInRecord: boolean;
}

/** Longer records are sent in parts, and so is what only seems to be one record. */
const LONGEST_HELD_BYTES = 1 << 20;

/** Sends whole records: what follows the last end of one is held back. */
export class WholeRecords implements Cutting {
  readonly isInRecord = false;
  readonly #ends: RecordEnds;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(ends: RecordEnds) {
    this.#ends = ends;
  }

  take(bytes: Uint8Array): Uint8Array {
    const end = this.#ends.read(bytes);
    if (end === 0) {
      this.#hold(bytes);
      if (this.#heldBytes <= LONGEST_HELD_BYTES) return Buffer.alloc(0);
      this.#ends.reset();
      return this.rest();
    }
    this.#hold(bytes.subarray(0, end));
    const ready = this.rest();
    this.#hold(bytes.subarray(end));
    return ready;
  }

  rest(): Uint8Array {
    const rest = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return rest;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }
}

/** Sends bytes as they come, because one record may be as long as the body. */
export class AsItComes implements Cutting {
  readonly #ends: RecordEnds;
  #isInRecord = false;

  constructor(ends: RecordEnds) {
    this.#ends = ends;
  }

  get isInRecord(): boolean {
    return this.#isInRecord;
  }

  take(bytes: Uint8Array): Uint8Array {
    const end = this.#ends.read(bytes);
    const isBlank = bytes.subarray(end).every((byte) => byte <= SPACE);
    this.#isInRecord = !isBlank || (end === 0 && this.#isInRecord);
    return bytes;
  }

  rest(): Uint8Array {
    return Buffer.alloc(0);
  }
}

const SPACE = 0x20;

/** Sends bytes as they come, and never lets the body end early. */
export class Uncut implements Cutting {
  readonly isInRecord = true;

  take(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  rest(): Uint8Array {
    return Buffer.alloc(0);
  }
}
