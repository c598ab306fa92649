/** An error sample: the first of the records that did not fit, and how many there were. */

import { type RecordError } from "../format.ts";

const REPORTED_ERRORS = 1000;

/** Counts errors and keeps the first 1000. */
export class ErrorSample {
  #first: readonly RecordError[] = [];
  #count = 0;

  get first(): readonly RecordError[] {
    return this.#first;
  }

  get count(): number {
    return this.#count;
  }

  add(errors: readonly RecordError[]): void {
    this.#count += errors.length;
    if (errors.length === 0 || this.#first.length >= REPORTED_ERRORS) return;
    this.#first = [...this.#first, ...errors].slice(0, REPORTED_ERRORS);
  }
}
