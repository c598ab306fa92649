/** The grammar of JSON, token by token: enough to see where a document stops being one. */

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  MAX_DEPTH,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./json-bytes.ts";

type Expected = "value" | "first value" | "key" | "first key" | "colon" | "comma" | "scalar";

/** Follows a document's tokens; a scalar is not looked into, nor is a string. */
export class JsonGrammar {
  #expected: Expected = "value";
  readonly #open = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  #objects = 0;
  /** Brackets opened beyond the depth that is kept apart. */
  #beyond = 0;

  /** Goes back to where a document begins. */
  reset(): void {
    this.#expected = "value";
    this.#depth = 0;
    this.#objects = 0;
    this.#beyond = 0;
  }

  /** A blank outside strings ends a scalar. */
  blank(): undefined {
    if (this.#expected === "scalar") this.#expected = "comma";
  }

  /** Whether a token, or a scalar's next byte, may stand here. */
  allows(byte: number): boolean {
    const next = this.#after(byte);
    if (next === false) return false;
    this.#expected = next;
    return true;
  }

  /** Opens a bracket; answers whether that is too deep. */
  open(bracket: number): boolean {
    if (this.#depth === MAX_DEPTH) {
      this.#beyond += 1;
      return true;
    }
    this.#open[this.#depth] = bracket;
    this.#depth += 1;
    if (bracket === OPEN_OBJECT) this.#objects += 1;
    return false;
  }

  /**
   * Closes the nearest bracket of the kind with all that is open in it, and none where there is no
   * such bracket; answers whether nothing is open any more.
   */
  close(bracket: number): boolean {
    if (this.#beyond > 0) {
      this.#beyond -= 1;
      return false;
    }
    const opening = bracket === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_ARRAY;
    const count = opening === OPEN_OBJECT ? this.#objects : this.#depth - this.#objects;
    if (count === 0) return false;
    for (let found = false; !found;) {
      this.#depth -= 1;
      const top = this.#open[this.#depth];
      if (top === OPEN_OBJECT) this.#objects -= 1;
      found = top === opening;
    }
    return this.#depth === 0;
  }

  #after(byte: number): Expected | false {
    const expected = this.#expected;
    const isValue = expected === "value" || expected === "first value";
    const isKey = expected === "key" || expected === "first key";
    const isDone = expected === "comma" || expected === "scalar";
    const top = this.#open[this.#depth - 1];
    switch (byte) {
      case QUOTE:
        return isValue ? "comma" : isKey && "colon";
      case OPEN_OBJECT:
        return isValue && "first key";
      case OPEN_ARRAY:
        return isValue && "first value";
      case CLOSE_OBJECT:
        return top === OPEN_OBJECT && (isDone || expected === "first key") && "comma";
      case CLOSE_ARRAY:
        return top === OPEN_ARRAY && (isDone || expected === "first value") && "comma";
      case COMMA:
        return isDone && (top === OPEN_OBJECT ? "key" : "value");
      case COLON:
        return expected === "colon" && "value";
      default:
        return (isValue || expected === "scalar") && "scalar";
    }
  }
}
