/** A binary heap by target offset from which any entry can be taken out in logarithmic time. */

/** What a heap holds: the heap alone sets `slot`. */
export interface HeapEntry {
  /** Does not change while the entry is in a heap. */
  readonly target: bigint;
  /** Where it is in its heap; means nothing while it is in none. */
  slot: number;
}

/** From this share of all entries on, it costs less to build the heap anew than to take them out singly. */
const REBUILD_FROM = 1 / 16;
const TAKEN = -1;

/** Entries, from which those that an offset has reached are found without looking at the others. */
export class Heap<T extends HeapEntry> {
  #entries: T[] = [];

  /** How many entries it holds. */
  get size(): number {
    return this.#entries.length;
  }

  /** Takes in an entry that is in no heap. */
  add(entry: T): void {
    this.#rise(entry, this.#entries.length);
  }

  /** Takes out an entry that is in this heap. */
  remove(entry: T): void {
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#rise(last, this.#sink(entry.slot));
  }

  /** Takes out all whose target is not above the offset, in no particular order. */
  take(offset: bigint): readonly T[] {
    const taken = this.#reached(offset);
    if (taken.length < this.size * REBUILD_FROM) {
      for (const entry of taken) this.remove(entry);
    } else {
      this.#rebuildWithout(taken);
    }
    return taken;
  }

  /** Goes down from the top, below no entry that lies above the offset. */
  #reached(offset: bigint): readonly T[] {
    const reached: T[] = [];
    const [first] = this.#entries;
    if (first !== undefined && first.target <= offset) reached.push(first);
    for (const { slot } of reached) {
      const left = this.#entries[2 * slot + 1];
      const right = this.#entries[2 * slot + 2];
      if (left !== undefined && left.target <= offset) reached.push(left);
      if (right !== undefined && right.target <= offset) reached.push(right);
    }
    return reached;
  }

  #rebuildWithout(taken: readonly T[]): void {
    for (const entry of taken) entry.slot = TAKEN;
    const rest = this.#entries.filter(({ slot }) => slot !== TAKEN);
    this.#entries = [];
    for (const entry of rest) this.add(entry);
  }

  /** Moves a hole down to where there is nothing below; answers where that is. */
  #sink(slot: number): number {
    let hole = slot;
    for (;;) {
      const left = this.#entries[2 * hole + 1];
      const right = this.#entries[2 * hole + 2];
      if (left === undefined) return hole;
      const child = right !== undefined && right.target < left.target ? right : left;
      const below = child.slot;
      this.#put(child, hole);
      hole = below;
    }
  }

  /** Puts the entry where it belongs at or above `slot`. */
  #rise(entry: T, slot: number): void {
    const { target } = entry;
    let hole = slot;
    while (hole > 0) {
      const parent = this.#entries[(hole - 1) >>> 1];
      if (parent === undefined || parent.target <= target) break;
      const above = parent.slot;
      this.#put(parent, hole);
      hole = above;
    }
    this.#put(entry, hole);
  }

  #put(entry: T, slot: number): void {
    this.#entries[slot] = entry;
    entry.slot = slot;
  }
}
