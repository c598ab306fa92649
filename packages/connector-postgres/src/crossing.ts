/** Crossings: from the timeline that changes were read on to that of a standby that has taken over. */

import { type Incarnation, type Offset } from "@tidemark/core";

import { UnfollowableError } from "./change-events.ts";
import { type Changes } from "./change-stream.ts";
import { type Cluster } from "./cluster.ts";
import { formatLsn } from "./lsn.ts";
import { type Target } from "./target.ts";
import { timelineEnds } from "./timelines.ts";

/** The number line of the changes on one timeline. */
export interface Line {
  readonly timeline: number;
  readonly incarnation: Incarnation;
}

/** Where one timeline was left for another: what lies before is on both. */
export interface Crossing {
  readonly at: Offset;
  readonly to: Line;
}

/** Changes on one line, behind `from`. */
export interface LinePart {
  readonly line: Line;
  readonly changes: Changes;
  readonly from: Offset;
}

/** The line that is read, and where it is left. */
export class Lines {
  #line: Line;
  #crossing: Crossing | undefined;

  constructor(line: Line, crossing: Crossing | undefined) {
    this.#line = line;
    this.#crossing = crossing;
  }

  /** The line of what was given last. */
  get line(): Line {
    return this.#line;
  }

  /** Absent where the server that answers writes the line that is read. */
  get crossing(): Crossing | undefined {
    return this.#crossing;
  }

  /** Leaves the line there, or nowhere, in place of what was said before. */
  crossAt(crossing: Crossing | undefined): void {
    this.#crossing = crossing;
  }

  /** Changes by their lines: one that is left ends exactly where it was left, also without a change. */
  *parts(changes: Changes, from: Offset): Generator<LinePart> {
    const crossing = this.#crossing;
    if (crossing === undefined || changes.end <= crossing.at) {
      yield { line: this.#line, changes, from };
      return;
    }
    const { at, to } = crossing;
    const { transactions, end } = changes;
    const before = transactions.filter((transaction) => transaction.end <= at);
    if (from < at) yield { line: this.#line, changes: { transactions: before, end: at }, from };
    this.#line = to;
    this.#crossing = undefined;
    const after = transactions.slice(before.length);
    yield { line: to, changes: { transactions: after, end }, from: at };
  }
}

/** What was read, and the server that answers now. */
export interface SwitchOptions {
  readonly target: Target;
  readonly cluster: Cluster;
  /** The timeline that was read, up to `from`. */
  readonly timeline: number;
  readonly from: Offset;
}

/**
 * Where the server left a timeline that was read. Throws `UnfollowableError` where it never wrote on
 * it, or left it before what was read.
 */
export async function switchOf({
  target,
  cluster,
  timeline,
  from,
}: SwitchOptions): Promise<Offset> {
  const why = newTimeline(timeline, cluster.timeline);
  if (cluster.timeline < timeline) throw new UnfollowableError(why);
  const at = (await timelineEnds(target, cluster.timeline)).get(timeline);
  if (at === undefined) {
    throw new UnfollowableError(`${why}, whose history does not have timeline ${timeline}`);
  }
  if (from > at) {
    throw new UnfollowableError(
      `${why}, which had received the log up to ${formatLsn(at)} only, while it was read here up to ${formatLsn(from)}`,
    );
  }
  return at;
}

/** What is said of a switch of timelines. */
export function newTimeline(before: number, now: number): string {
  return `the database went from timeline ${before} to ${now}: it was restored, or failed over to a standby`;
}
