/** A watch for tests: wakes when the test says so, and tells when it is waited on. */

import { type FileWatch } from "../watch-file.ts";

/** Wakes by hand. */
export class ManualWatch implements FileWatch {
  #asked = Promise.withResolvers<void>();
  #wake = Promise.withResolvers<void>();

  changed({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const wake = this.#wake;
    signal.addEventListener("abort", () => wake.reject(signal.reason), { once: true });
    this.#asked.resolve();
    return wake.promise;
  }

  /** Resolves once the reader has done all that it can and waits. */
  waitedOn(): Promise<void> {
    return this.#asked.promise;
  }

  /** Wakes the reader. */
  wake(): void {
    const woken = this.#wake;
    this.#asked = Promise.withResolvers<void>();
    this.#wake = Promise.withResolvers<void>();
    woken.resolve();
  }

  [Symbol.dispose](): void {
    this.#asked.resolve();
  }
}
