/** A publisher: tells the board how far every connector is delivered. */

import {
  type Board,
  type ConnectorId,
  EMPTY,
  type Observation,
  type PendingReason,
  type StepHistory,
} from "@tidemark/core";

import { incarnationOf } from "../identity.ts";
import { type Log } from "../log.ts";
import { type Progress } from "../source.ts";
import { NumberLines } from "./number-lines.ts";
import { type LoggedStep } from "./step-log.ts";

/** What a publisher is made with. */
export interface PublisherOptions {
  readonly board: Board;
  readonly monotonicMs: () => number;
  readonly log: Log;
  readonly life: string;
  /** What storage knows, by connector. */
  readonly lines: ReadonlyMap<ConnectorId, NumberLines>;
  readonly history: StepHistory;
  /** The last step that every output has taken. */
  readonly delivered: bigint;
  /** What holds up a connector now. */
  readonly reasons: (connector: ConnectorId) => readonly PendingReason[];
}

/**
 * Publishes the delivered level of every connector. One that storage knows but the program does not
 * declare stands at an incarnation of its own, so that nothing is awaited of it any more while what
 * it did bring in can still be judged.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #lines: Map<ConnectorId, NumberLines>;
  #delivered: bigint;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#lines = new Map(options.lines);
    this.#delivered = options.delivered;
  }

  /** A connector's number lines, with its past where it has one. */
  lines(connector: ConnectorId): NumberLines {
    let lines = this.#lines.get(connector);
    if (lines === undefined)
      this.#lines.set(connector, (lines = new NumberLines(connector, this.#options.history)));
    return lines;
  }

  /** The step that made a connector's delivered progress cover this; the last one where that is forgotten. */
  stepOf(connector: ConnectorId, progress: Progress): bigint | undefined {
    const { incarnation, frontier } = progress;
    const known = this.#options.history.stepOf(connector, incarnation, frontier);
    if (known !== undefined) return known;
    return this.#lines.get(connector)?.covers(progress) ? this.#delivered : undefined;
  }

  /** A step before which a connector's delivered progress did not cover this; 0 where that is forgotten. */
  sinceStep(connector: ConnectorId, { incarnation, frontier }: Progress): bigint {
    return this.#options.history.sinceStep(connector, incarnation, frontier);
  }

  /** Takes steps that every output has taken, and publishes what they moved. */
  deliver(steps: readonly LoggedStep[]): void {
    const moved = new Set<ConnectorId>();
    for (const { step, moved: connectors } of steps) {
      this.#delivered = step;
      for (const [connector, progress] of connectors) {
        const lines = this.lines(connector);
        for (const each of progress) lines.deliver(each, step);
        moved.add(connector);
      }
    }
    for (const connector of moved) this.publish(connector);
  }

  /** Publishes all: after something changed that may hold up any. */
  publishAll(): void {
    for (const connector of this.#lines.keys()) this.publish(connector);
  }

  /** Publishes one connector's reading; what callers of the board throw at that is only logged. */
  publish(connector: ConnectorId): void {
    const { monotonicMs, life, reasons } = this.#options;
    const lines = this.lines(connector);
    const incarnation = lines.received?.incarnation ?? incarnationOf(life, "undeclared", connector);
    this.#publish({
      connector,
      incarnation,
      frontier: lines.received === undefined ? EMPTY : lines.delivered(incarnation),
      level: "delivered",
      atMs: monotonicMs(),
      ended: (other) => lines.ended(other),
      get reasons() {
        return reasons(connector);
      },
    });
  }

  #publish(observation: Observation): void {
    try {
      this.#options.board.publish(observation);
    } catch (error) {
      this.#options.log({ level: "error", message: "a waiter of a token failed", error });
    }
  }
}
