/** A reading of a pipeline's log: what is asked for, and what is answered. */

/** Which of a pipeline's log lines are asked for. */
export interface LogRequest {
  /** After which line; empty, from the first that is kept. Absent, the same, and no position is answered. */
  readonly cursor?: string | undefined;
  /** Also the lines to come, until the pipeline is deleted or the caller leaves. */
  readonly follow: boolean;
}

/** Where log lines begin. */
export interface LogPosition {
  /** Of which log the numbers are: a log lasts from the server's start to its end, or the pipeline's. */
  readonly epoch: string;
  /**
   * The number of the line before the first, counting from 1; `{epoch}:{seq + lines read}` is the
   * cursor to come back with.
   */
  readonly seq: number;
  /** How many lines after the cursor are no longer kept. */
  readonly gap: number;
}

/** Log lines of a pipeline. */
export interface Logs {
  /** Absent where no cursor was given. */
  readonly position: LogPosition | undefined;
  /** Whole lines, each ended by a line feed, any number at a time. */
  readonly lines: AsyncIterable<string>;
}
