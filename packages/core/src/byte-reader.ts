/** Reads what a byte writer wrote, and nothing else: every value only in its one encoding. */

import { fromUtf8 } from "./utf8.ts";

/** What was read is not what a byte writer writes; caught where decoding starts. */
export class MalformedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MalformedError";
  }
}

/** Reads bytes in order; throws `MalformedError` where they end early or are not canonical. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #next = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#next;
  }

  /** One byte. */
  byte(): number {
    const value = this.#bytes[this.#next];
    if (value === undefined) throw new MalformedError("it is cut off");
    this.#next++;
    return value;
  }

  /** So many bytes. */
  bytes(count: number): Uint8Array {
    if (count > this.remaining) throw new MalformedError("it is cut off");
    this.#next += count;
    return this.#bytes.subarray(this.#next - count, this.#next);
  }

  /** A varint of at most 49 bits: more than any length or count in a token can have. */
  uint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.byte();
      value += (byte % 128) * scale;
      if (byte < 128) return this.#shortest(value, byte, scale === 1);
    }
    throw new MalformedError("a number in it is too large");
  }

  /** A varint of at most 70 bits. */
  bigUint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return this.#shortest(value, byte, shift === 0n);
    }
    throw new MalformedError("a number in it is too large");
  }

  /** A text with its length before it. */
  text(): string {
    return decodeText(this.bytes(this.uint()));
  }

  #shortest<T>(value: T, last: number, only: boolean): T {
    if (last === 0 && !only) throw new MalformedError("a number in it is not in its shortest form");
    return value;
  }
}

/** The text of UTF-8 bytes; throws `MalformedError` for any others. */
export function decodeText(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new MalformedError("a name in it is not UTF-8");
  return text;
}
