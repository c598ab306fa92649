/** A refused call: what is tried, on which pipelines, and the error that it must end with. */

import { type ApiError, type ApiFace, type Outcome } from "./api-face.ts";

/** What refused calls are tried on. */
export interface Refusing {
  /** Runs `PROGRAM`. */
  readonly running: string;
  /** Compiled, never started. */
  readonly stopped: string;
  readonly runningId: string;
  /** A token of the running pipeline. */
  readonly token: string;
  /** A token of another running pipeline. */
  readonly otherToken: string;
}

/** One call, and the error that it must end with. */
export interface Refusal {
  readonly title: string;
  readonly call: (face: ApiFace, on: Refusing) => Promise<Outcome<unknown>>;
  readonly reason: string;
  /** Exactly. */
  readonly message?: string;
  /** What must be in the message. */
  readonly like?: RegExp;
  /** At least these. */
  readonly details?: ApiError["details"];
}
