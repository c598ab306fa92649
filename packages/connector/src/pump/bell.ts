/** A bell: wakes those who wait for something to become true. */

/** Rung after every change; those who wait look again. */
export class Bell {
  #waiting = new Set<() => void>();

  /** Wakes everyone who waits. */
  ring(): void {
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const wake of woken) wake();
  }

  /** Resolves once `holds` answers true, asked now and after every ring; rejects with the signal's reason. */
  async until(holds: () => boolean, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (holds()) return;
      await this.#rung(signal);
    }
  }

  #rung(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
