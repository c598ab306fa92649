/** A line: all who wait for claims on one incarnation of a connector. */

import { equal, type Frontier, offsetAt, type Partition } from "./frontier.ts";
import { Heap } from "./heap.ts";
import { type Incarnation } from "./incarnation.ts";
import { type Level, LEVELS, proves } from "./level.ts";
import { tellsOfLoss } from "./judge.ts";
import { type Observation } from "./observation.ts";
import { type Waiter, type Watched } from "./waiter.ts";

/** Whom an observation concerns. */
export interface Woken {
  /** Those whose claim may have been lost, or met in another way than by progress. */
  readonly all: readonly Waiter[];
  /** Those whose watched position was met; they sit nowhere any more. */
  readonly met: readonly Waiter[];
}

const NONE: readonly Waiter[] = [];

/** Those who watch positions of one level, by partition. */
type Heaps = Map<Partition, Heap<Waiter>>;

/** Waiters by the level, partition and target that they watch. */
export class Line {
  readonly #incarnation: Incarnation;
  /** All with a claim on this line, wherever they sit. */
  readonly #members = new Set<Waiter>();
  readonly #levels: Readonly<Record<Level, Heaps>> = {
    received: new Map(),
    processed: new Map(),
    delivered: new Map(),
  };
  /** Where the incarnation ended, by the latest observation; undefined while it is the current one. */
  #end: Frontier | undefined;

  constructor(incarnation: Incarnation) {
    this.#incarnation = incarnation;
  }

  /** True when nobody has a claim on this line. */
  get empty(): boolean {
    return this.#members.size === 0;
  }

  /** All with a claim on this line. */
  members(): readonly Waiter[] {
    return [...this.#members];
  }

  /** Takes in one that has a claim on this line. */
  enter(waiter: Waiter): void {
    this.#members.add(waiter);
  }

  /** Lets one go that sits nowhere on this line. */
  leave(waiter: Waiter): void {
    this.#members.delete(waiter);
  }

  /** Lets a member that sits nowhere watch its target in a partition. */
  seat(waiter: Waiter, { claim, partition }: Watched): void {
    const heaps = this.#levels[claim.level];
    let heap = heaps.get(partition);
    if (heap === undefined) heaps.set(partition, (heap = new Heap()));
    heap.add(waiter);
  }

  /** Takes it from where it sits. */
  unseat(waiter: Waiter, { claim, partition }: Watched): void {
    const heaps = this.#levels[claim.level];
    const heap = heaps.get(partition);
    heap?.remove(waiter);
    if (heap?.size === 0) heaps.delete(partition);
  }

  /** Whom the next observation concerns, after the one that they were seated by. */
  observe(observation: Observation): Woken {
    const current = observation.incarnation === this.#incarnation;
    const ended = current ? undefined : observation.ended(this.#incarnation);
    const turned = this.#turn(ended?.finalFrontier);
    const losing = current && tellsOfLoss(observation);
    if (turned || losing || (!current && ended === undefined)) {
      return { all: this.members(), met: NONE };
    }
    const at = ended?.frontier ?? observation.frontier;
    const proven = LEVELS.filter((level) => proves(observation.level, level));
    return { all: NONE, met: proven.flatMap((level) => takeMet(this.#levels[level], at)) };
  }

  /** Notes where the incarnation ended; answers whether that is news. */
  #turn(end: Frontier | undefined): boolean {
    const before = this.#end;
    this.#end = end;
    if (before === undefined || end === undefined) return before !== end;
    return !equal(before, end);
  }
}

function takeMet(heaps: Heaps, at: Frontier): readonly Waiter[] {
  const met: Waiter[] = [];
  for (const [partition, heap] of heaps) {
    for (const waiter of heap.take(offsetAt(at, partition))) {
      waiter.watched = undefined;
      met.push(waiter);
    }
    if (heap.size === 0) heaps.delete(partition);
  }
  return met;
}
