/** A pipeline's log: its latest lines, numbered, for readers who come back where they left. */

import { type LogPosition } from "./log-reading.ts";

/** The most lines kept, and the most characters of all of them. */
const MAX_LINES = 2000;
const MAX_CHARACTERS = 262_144;
/** A longer line is cut. */
const MAX_LINE = 4096;

/** Keeps a bounded number of lines in memory. */
export class PipelineLog {
  readonly epoch: string;
  readonly #lines: string[] = [];
  readonly #readers = new Set<() => void>();
  /** The number of the last line that is no longer kept. */
  #dropped = 0;
  #characters = 0;
  #isClosed = false;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  /** The number of the last line; 0 before the first. */
  get last(): number {
    return this.#dropped + this.#lines.length;
  }

  /** Takes one line; what would end it or move a terminal's cursor is escaped. */
  append(text: string): void {
    if (this.#isClosed) return;
    const line = oneLine(text);
    this.#lines.push(line);
    this.#characters += line.length;
    while (this.#lines.length > MAX_LINES || this.#characters > MAX_CHARACTERS) {
      this.#characters -= this.#lines.shift()?.length ?? 0;
      this.#dropped += 1;
    }
    this.#wake();
  }

  /** Nothing more comes; those who follow it end. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Where a reading after line `seq` begins. */
  startAfter(seq: number): LogPosition {
    const from = Math.max(seq, this.#dropped);
    return { epoch: this.epoch, seq: from, gap: from - seq };
  }

  /**
   * The lines after `seq`, each ended by a line feed and as many at a time as there are; with `follow`
   * also those to come, until the log or the signal ends. Ends early where a reader is so slow that
   * its next line is no longer kept: what it read is then without a gap, and it comes back.
   */
  async *read(
    seq: number,
    { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncGenerator<string, void, undefined> {
    let wake = Promise.withResolvers<void>();
    const ring = (): void => wake.resolve();
    this.#readers.add(ring);
    signal.addEventListener("abort", ring);
    try {
      for (let at = seq; at >= this.#dropped && !signal.aborted;) {
        wake = Promise.withResolvers<void>();
        const lines = this.#lines.slice(at - this.#dropped);
        at += lines.length;
        if (lines.length > 0) yield `${lines.join("\n")}\n`;
        if (at < this.last) continue;
        if (!follow || this.#isClosed) return;
        await wake.promise;
      }
    } finally {
      signal.removeEventListener("abort", ring);
      this.#readers.delete(ring);
    }
  }

  #wake(): void {
    for (const ring of this.#readers) ring();
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, escaped);
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line;
}

function escaped(character: string): string {
  return JSON.stringify(character).slice(1, -1);
}
