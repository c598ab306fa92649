/** Records that are lines, or all of a stream. */

import { type Framing } from "./record-stream.ts";

const NEWLINE = 10;

/** Records of one line each, the newline with them. */
export class LineFraming implements Framing {
  readonly what: string;
  readonly fault: undefined = undefined;
  readonly awaits = "the end of its line";
  readonly #isBlank: (byte: number | undefined) => boolean;
  #scanned = 0;

  /** `isBlank`: which bytes before a record are none of it. */
  constructor(what: string, isBlank: (byte: number | undefined) => boolean) {
    this.what = what;
    this.#isBlank = isBlank;
  }

  skipBlanks(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && this.#isBlank(bytes[at])) at += 1;
    return at;
  }

  begin(): void {
    this.#scanned = 0;
  }

  scan(bytes: Uint8Array, from: number, to: number): number | undefined {
    const newline = bytes.indexOf(NEWLINE, from);
    if (newline >= 0 && newline < to) return this.#scanned + newline + 1 - from;
    this.#scanned += to - from;
    return undefined;
  }

  spoil(): undefined {
    return undefined;
  }

  finish(): number {
    return this.#scanned;
  }
}

/** One record: all of the stream, unless it is empty. */
export class WholeFraming implements Framing {
  readonly what: string;
  readonly fault: undefined = undefined;
  readonly awaits = "the end of the input";
  #scanned = 0;

  constructor(what: string) {
    this.what = what;
  }

  skipBlanks(_: Uint8Array, from: number): number {
    return from;
  }

  begin(): void {
    this.#scanned = 0;
  }

  scan(_: Uint8Array, from: number, to: number): undefined {
    this.#scanned += to - from;
  }

  spoil(): undefined {
    return undefined;
  }

  finish(): number {
    return this.#scanned;
  }
}
