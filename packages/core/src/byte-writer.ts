/** A growing sequence of bytes, with the varints and texts that token bodies are made of. */

import { toUtf8 } from "./utf8.ts";

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Collects bytes; every value has exactly one encoding. */
export class ByteWriter {
  #bytes: Uint8Array = new Uint8Array(128);
  #length = 0;

  /** One byte. */
  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  /** Bytes as they are. */
  bytes(values: Uint8Array): void {
    if (this.#length + values.length > this.#bytes.length) this.#grow(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** A whole number from 0 as a varint: seven bits a byte, lowest first, no byte more than needed. */
  uint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** The same for amounts that may not be safe as numbers. */
  bigUint(value: bigint): void {
    let rest = value;
    while (rest > MAX_SAFE) {
      this.byte(Number(rest & 127n) + 128);
      rest >>= 7n;
    }
    this.uint(Number(rest));
  }

  /** A text: the length of its UTF-8 as a varint, then that. */
  text(value: string): void {
    const bytes = toUtf8(value);
    this.uint(bytes.length);
    this.bytes(bytes);
  }

  /** What was written so far. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(least: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + least));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
