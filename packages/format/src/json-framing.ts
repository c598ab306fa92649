/** Finds where JSON documents end in a stream of bytes. */

const NEWLINE = 10;
const QUOTE = 34;
const BACKSLASH = 92;

/** Looks for the end of one document; keeps its place between calls, so bytes may be cut anywhere. */
export class DocumentScanner {
  #depth = 0;
  #state: "blank" | "value" | "scalar" | "string" | "escape" = "blank";

  /** Whether a document has begun. */
  get inside(): boolean {
    return this.#state !== "blank";
  }

  /** Forgets the document that it is in. */
  reset(): void {
    this.#depth = 0;
    this.#state = "blank";
  }

  /** The first byte from `from` on that is not blank. */
  skipBlanks(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && isBlank(bytes[at])) at += 1;
    return at;
  }

  /** The offset behind the document's last byte; undefined where it goes on behind these bytes. */
  scan(bytes: Uint8Array, from: number): number | undefined {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (this.#state === "string") {
        if (byte === BACKSLASH) this.#state = "escape";
        else if (byte === QUOTE && this.#endString()) return this.#finish(at + 1);
      } else if (this.#state === "escape") {
        this.#state = "string";
      } else if (this.#state === "scalar") {
        if (isBlank(byte) || isStructural(byte)) return this.#finish(at);
      } else if (this.#step(byte)) {
        return this.#finish(at + 1);
      }
    }
    return undefined;
  }

  /** Takes a byte outside strings and scalars; answers whether it ends the document. */
  #step(byte: number): boolean {
    if (byte === QUOTE) {
      this.#state = "string";
    } else if (isOpening(byte)) {
      this.#depth += 1;
      this.#state = "value";
    } else if (isClosing(byte)) {
      this.#depth -= 1;
      return this.#depth <= 0;
    } else if (this.#depth === 0 && !isBlank(byte)) {
      if (isStructural(byte)) return true;
      this.#state = "scalar";
    }
    return false;
  }

  #endString(): boolean {
    this.#state = "value";
    return this.#depth === 0;
  }

  #finish(end: number): number {
    this.reset();
    return end;
  }
}

/** The offset behind the n-th newline from an offset on. */
export function afterNewlines(bytes: Buffer, from: number, count: number): number {
  let at = from;
  for (let seen = 0; seen < count; seen += 1) at = bytes.indexOf(NEWLINE, at) + 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === NEWLINE || byte === 13 || byte === 9;
}

function isOpening(byte: number): boolean {
  return byte === 0x5b || byte === 0x7b;
}

function isClosing(byte: number): boolean {
  return byte === 0x5d || byte === 0x7d;
}

function isStructural(byte: number): boolean {
  return isOpening(byte) || isClosing(byte) || byte === 0x2c || byte === 0x3a || byte === QUOTE;
}
