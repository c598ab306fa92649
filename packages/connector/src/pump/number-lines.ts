/** Number lines: every incarnation that a connector ever had, and how far each one came. */

import {
  type ConnectorId,
  EMPTY,
  type EndedIncarnation,
  equal,
  type Frontier,
  type Incarnation,
  lessEqual,
  type StepHistory,
} from "@tidemark/core";

import { type Progress } from "../source.ts";

interface Line {
  received: Frontier;
  delivered: Frontier;
}

/** How far every incarnation of one connector came. */
export class NumberLines {
  readonly #connector: ConnectorId;
  readonly #history: StepHistory;
  readonly #lines = new Map<Incarnation, Line>();
  #received: Progress | undefined;
  #processed: Progress | undefined;

  /** The history, which may be shared, learns which step delivered what. */
  constructor(connector: ConnectorId, history: StepHistory) {
    this.#connector = connector;
    this.#history = history;
  }

  /** Takes up an incarnation that storage knows, and how much of it was delivered by `step`. */
  restore(known: Progress, delivered: Frontier, step: bigint): void {
    const { incarnation, frontier: received } = known;
    this.#lines.set(incarnation, { received, delivered });
    this.#history.record(this.#connector, incarnation, { frontier: delivered, step });
  }

  /**
   * Goes on at a source's start, which is what it was to resume from or the origin of a new
   * incarnation (else a `RangeError`): nothing below that origin needs to be delivered.
   */
  begin(start: Progress, resume: Progress | undefined, step: bigint): void {
    const line = this.#lines.get(start.incarnation);
    if (line === undefined) this.restore(start, start.frontier, step);
    else if (start.incarnation !== resume?.incarnation) {
      throw new RangeError(`the source went back to ended incarnation ${start.incarnation}`);
    } else if (!equal(start.frontier, resume.frontier)) {
      throw new RangeError("the source does not resume where it was told to");
    }
    this.#received = start;
    this.#processed = start;
  }

  /** Throws a `RangeError` for a frontier that goes back, or an incarnation that had ended. */
  receive(progress: Progress): void {
    const line = this.#lines.get(progress.incarnation);
    if (line === undefined) this.restore(progress, EMPTY, 0n);
    else if (progress.incarnation !== this.#received?.incarnation) {
      throw new RangeError(`the source went back to ended incarnation ${progress.incarnation}`);
    } else if (!lessEqual(line.received, progress.frontier)) {
      throw new RangeError("the source went back behind what it gave before");
    } else line.received = progress.frontier;
    this.#received = progress;
  }

  /** Takes what a commit made durable. */
  process(progress: Progress): void {
    this.#processed = progress;
  }

  /** Takes what has reached every output with a step. */
  deliver(progress: Progress, step: bigint): void {
    const line = this.#lines.get(progress.incarnation);
    if (line === undefined) return;
    const { incarnation, frontier } = progress;
    line.delivered = frontier;
    this.#history.record(this.#connector, incarnation, { frontier, step });
  }

  /** Where the connector stands; undefined where it only has a past. */
  get received(): Progress | undefined {
    return this.#received;
  }

  /** The last committed progress; undefined where the connector only has a past. */
  get processed(): Progress | undefined {
    return this.#processed;
  }

  /** How much of an incarnation was delivered; nothing of an unknown one. */
  delivered(incarnation: Incarnation): Frontier {
    return this.#lines.get(incarnation)?.delivered ?? EMPTY;
  }

  /** An incarnation that is not the current one: nothing will come of it beyond what was received. */
  ended(incarnation: Incarnation): EndedIncarnation | undefined {
    const line = this.#lines.get(incarnation);
    if (line === undefined || incarnation === this.#received?.incarnation) return undefined;
    return { incarnation, finalFrontier: line.received, frontier: line.delivered };
  }

  /** Whether everything below this was delivered. */
  covers({ incarnation, frontier }: Progress): boolean {
    const line = this.#lines.get(incarnation);
    return line !== undefined && lessEqual(frontier, line.delivered);
  }
}
