/** HTTP push as a source: records are numbered in the order in which requests have them accepted. */

import {
  type Batch,
  type Decoded,
  incarnationOf,
  type Progress,
  type PushContext,
  type PushSource,
  type PushSourceFactory,
  type SourceTells,
} from "@tidemark/connector";

import { acceptedFrontier, acceptedPosition, acceptedRecords } from "./notation.ts";

const TELLS: SourceTells = {
  head: false,
  incarnationFrom: "the engine's storage and the number of its run",
};

/**
 * Opens sources of pushed records. Every run of the engine begins a new number line: what was
 * accepted in an earlier run and did not become durable can never be told from what was never sent.
 */
export const httpPush: PushSourceFactory = {
  open: (context) => new HttpPush(context),
};

class HttpPush implements PushSource {
  readonly tells: SourceTells = TELLS;
  readonly start: Progress;
  /** Says in later runs, before anything is pushed there, which table it gave rows to. */
  readonly #state: string;
  #accepted: bigint;

  constructor({ life, epoch, connector, endpoint, resume }: PushContext) {
    const incarnation = incarnationOf(life, "push", connector, epoch);
    this.#state = endpoint;
    this.start =
      resume?.incarnation === incarnation
        ? resume
        : { incarnation, frontier: acceptedFrontier(0n), state: endpoint };
    this.#accepted = acceptedRecords(this.start.frontier);
  }

  accept({ changes, records, errors }: Decoded, bytes: number): Batch {
    const first = this.#accepted + BigInt(records);
    this.#accepted = first + BigInt(errors.length);
    const { incarnation } = this.start;
    const frontier = acceptedFrontier(this.#accepted);
    const placed = errors.map((error, i) => ({
      ...error,
      position: acceptedPosition(first + BigInt(i)),
    }));
    return { incarnation, frontier, state: this.#state, changes, records, bytes, errors: placed };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
