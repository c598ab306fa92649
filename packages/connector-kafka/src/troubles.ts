/** Troubles: what several things have trouble with at once, told as one sentence. */

/** Tells of each trouble once, as long as no other comes between, and when the last of it is over. */
export class Troubles {
  readonly #tell: (message: string | undefined) => void;
  readonly #open = new Set<string | number>();
  #last: string | undefined;

  /** `undefined` says that there is none any more. */
  constructor(tell: (message: string | undefined) => void) {
    this.#tell = tell;
  }

  begin(of: string | number, message: string): void {
    this.#open.add(of);
    // Partitions of one broker fail together, and again and again.
    if (message === this.#last) return;
    this.#last = message;
    this.#tell(message);
  }

  end(of: string | number): void {
    if (!this.#open.delete(of) || this.#open.size > 0) return;
    this.#last = undefined;
    this.#tell(undefined);
  }
}
