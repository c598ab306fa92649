/** Line positions: how far a connector has come on the line that it reads. */

import { type Progress, type SourceContext } from "@tidemark/connector";
import { type Frontier, frontier } from "@tidemark/core";

import { type Epochs, lineIncarnation, lineState, type TopicLine } from "./topic-line.ts";

/** What was reached in one partition. */
export interface Reached {
  /** The next offset to be read. */
  readonly next: bigint;
  /** The leadership under which the record before it was written. */
  readonly epoch: number;
}

/** The offsets of one line, as they are given to whoever commits them. */
export class LinePosition {
  readonly line: TopicLine;
  readonly #context: Pick<SourceContext, "life" | "endpoint">;
  readonly #offsets: Map<number, bigint>;
  readonly #epochs: Map<number, number>;
  #progress: Progress;

  /** Stands at the line's origin, or further on. */
  constructor(
    context: Pick<SourceContext, "life" | "endpoint">,
    line: TopicLine,
    at: { readonly frontier: Frontier; readonly epochs: Epochs } = {
      frontier: line.origin,
      epochs: new Map(),
    },
  ) {
    this.line = line;
    this.#context = context;
    this.#offsets = new Map(at.frontier.positions.map(([name, each]) => [Number(name), each]));
    this.#epochs = new Map(at.epochs);
    this.#progress = {
      incarnation: lineIncarnation(context.life, context.endpoint, line),
      frontier: at.frontier,
      state: lineState(line, this.#epochs),
    };
  }

  get progress(): Progress {
    return this.#progress;
  }

  get offsets(): ReadonlyMap<number, bigint> {
    return this.#offsets;
  }

  get epochs(): Epochs {
    return this.#epochs;
  }

  /** Goes on to what was reached. */
  advance(reached: ReadonlyMap<number, Reached>): void {
    let { state = "" } = this.#progress;
    for (const [partition, { next, epoch }] of reached) {
      this.#offsets.set(partition, next);
      if (epoch === this.#epochs.get(partition)) continue;
      this.#epochs.set(partition, epoch);
      state = lineState(this.line, this.#epochs);
    }
    const { incarnation } = this.#progress;
    this.#progress = { incarnation, frontier: frontierOf(this.#offsets), state };
  }

  /** The end of this line for good, where it stands. */
  gone(why: string): LinePosition {
    const { frontier: at } = this.#progress;
    const line = { ...this.line, gone: why };
    return new LinePosition(this.#context, line, { frontier: at, epochs: this.#epochs });
  }

  /** A line that goes on where logs were cut back to, and for the rest where this one stands. */
  cutTo(to: ReadonlyMap<number, bigint>): LinePosition {
    const offsets = new Map(this.#offsets);
    const epochs = new Map(this.#epochs);
    for (const [partition, end] of to) {
      const at = offsets.get(partition) ?? 0n;
      offsets.set(partition, end < at ? end : at);
      epochs.delete(partition);
    }
    const origin = frontierOf(offsets);
    const line = { ...this.line, turn: this.line.turn + 1, origin };
    return new LinePosition(this.#context, line, { frontier: origin, epochs });
  }
}

function frontierOf(offsets: ReadonlyMap<number, bigint>): Frontier {
  return frontier([...offsets].map(([partition, at]) => [String(partition), at]));
}
