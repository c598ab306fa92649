/** A line: all who wait for claims on one incarnation of a connector at one level. */

import { equal, type Frontier, offsetAt, type Partition } from "./frontier.ts";
import { Heap } from "./heap.ts";
import { type Incarnation } from "./incarnation.ts";
import { type Level, proves } from "./level.ts";
import { type Observation } from "./observation.ts";
import { type Waiter } from "./waiter.ts";

/** Whom an observation concerns. */
export interface Woken {
  /** Those whose claim may have been lost, or met in another way than by progress. */
  readonly all: readonly Waiter[];
  /** Those whose watched position was met; they sit nowhere any more. */
  readonly met: readonly Waiter[];
}

const NONE: readonly Waiter[] = [];

/** Waiters by the partition and target that they watch. */
export class Line {
  readonly #incarnation: Incarnation;
  readonly #level: Level;
  /** All with a claim on this line, wherever they sit. */
  readonly #members = new Set<Waiter>();
  readonly #heaps = new Map<Partition, Heap<Waiter>>();
  /** Where the incarnation ended, by the latest observation; undefined while it is the current one. */
  #end: Frontier | undefined;

  constructor(incarnation: Incarnation, level: Level) {
    this.#incarnation = incarnation;
    this.#level = level;
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
  seat(waiter: Waiter, partition: Partition): void {
    let heap = this.#heaps.get(partition);
    if (heap === undefined) this.#heaps.set(partition, (heap = new Heap()));
    heap.add(waiter);
  }

  /** Takes it from where it sits. */
  unseat(waiter: Waiter, partition: Partition): void {
    const heap = this.#heaps.get(partition);
    heap?.remove(waiter);
    if (heap?.size === 0) this.#heaps.delete(partition);
  }

  /** Whom the next observation concerns, after the one that they were seated by. */
  observe(observation: Observation): Woken {
    const current = observation.incarnation === this.#incarnation;
    const ended = current ? undefined : observation.ended(this.#incarnation);
    const turned = this.#turn(ended?.finalFrontier);
    if (turned || (!current && ended === undefined)) return { all: this.members(), met: NONE };
    if (!proves(observation.level, this.#level)) return { all: NONE, met: NONE };
    return { all: NONE, met: this.#met(ended?.frontier ?? observation.frontier) };
  }

  /** Notes where the incarnation ended; answers whether that is news. */
  #turn(end: Frontier | undefined): boolean {
    const before = this.#end;
    this.#end = end;
    if (before === undefined || end === undefined) return before !== end;
    return !equal(before, end);
  }

  #met(at: Frontier): readonly Waiter[] {
    const met: Waiter[] = [];
    for (const [partition, heap] of this.#heaps) {
      const reached = offsetAt(at, partition);
      for (let next = heap.pop(reached); next !== undefined; next = heap.pop(reached)) {
        next.watched = undefined;
        met.push(next);
      }
      if (heap.size === 0) this.#heaps.delete(partition);
    }
    return met;
  }
}
