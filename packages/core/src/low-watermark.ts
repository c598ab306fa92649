/** A low watermark: the offset below which everything is complete, when offsets complete in any order. */

import { MAX_OFFSET, type Offset, offset } from "./offset.ts";

interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Takes completed offsets of one partition in any order, each as often as it likes. What it keeps
 * grows with the gaps that are open, not with the offsets above them.
 * @example
 * const watermark = new LowWatermark(offset(10n));
 * watermark.complete(11n, 13n); // offsets 11 and 12
 * watermark.low; // 10n: offset 10 is still open
 * watermark.complete(10n);
 * watermark.low; // 13n
 */
export class LowWatermark {
  #low: Offset;
  /** What is complete above `#low`: sorted, and neither touching each other nor it. */
  readonly #islands: Range[] = [];

  /** Everything below `start` is complete. */
  constructor(start: Offset) {
    this.#low = start;
  }

  /** Everything below it is complete, and it is not itself. */
  get low(): Offset {
    return this.#low;
  }

  /** How many gaps are open below the highest completed offset. */
  get gaps(): number {
    return this.#islands.length;
  }

  /** The offsets from `from` up to and without `to` are complete; a backward range is a `RangeError`. */
  complete(from: bigint, to: bigint = from + 1n): void {
    if (from < 0n || to < from || to > MAX_OFFSET) {
      throw new RangeError(
        `completed offsets must lie in 0 to 2^64-1 in order, got ${from} to ${to}`,
      );
    }
    if (to === from || to <= this.#low) return;
    const first = this.#firstFrom((range) => range.to >= from);
    const next = this.#firstFrom((range) => range.from > to);
    const merged = this.#spanned(first, next, { from, to });
    if (merged.from > this.#low) {
      this.#islands.splice(first, next - first, merged);
      return;
    }
    this.#islands.splice(0, next);
    this.#low = offset(merged.to);
  }

  /** The range together with the islands from `first` up to and without `next`, which it touches. */
  #spanned(first: number, next: number, range: Range): Range {
    const head = first < next ? this.#islands[first] : undefined;
    const tail = first < next ? this.#islands[next - 1] : undefined;
    return {
      from: head !== undefined && head.from < range.from ? head.from : range.from,
      to: tail !== undefined && tail.to > range.to ? tail.to : range.to,
    };
  }

  /** Index of the first island for which this holds, where it holds for all after it too. */
  #firstFrom(holds: (range: Range) => boolean): number {
    let low = 0;
    let high = this.#islands.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#islands[middle];
      if (range !== undefined && holds(range)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
