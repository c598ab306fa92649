/** Errors of bodies that are taken whole or not at all. */

import { type RecordError } from "./format.ts";

/** Records of the body do not fit, so that nothing of it was taken. */
export class BodyRejectedError extends Error {
  readonly errorCount: number;
  /** The first of them. */
  readonly errors: readonly RecordError[];

  constructor(errorCount: number, errors: readonly RecordError[]) {
    super(`${errorCount} records of the body do not fit`);
    this.name = "BodyRejectedError";
    this.errorCount = errorCount;
    this.errors = errors;
  }
}

/** The body is larger than what can be kept of one until its end. */
export class BodyTooLargeError extends Error {
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`the body is larger than ${limitBytes} bytes`);
    this.name = "BodyTooLargeError";
    this.limitBytes = limitBytes;
  }
}
