/** A next reading: many callers, one request, and none of them joins one that began before it came. */

import { abortable } from "./abortable.ts";

interface Flight<Subject, Answer> {
  readonly subjects: Set<Subject>;
  readonly answer: Promise<Answer>;
  readonly begin: () => void;
}

/**
 * Batches readings of something that is expensive to ask. Callers of one turn of the event loop,
 * and all that come while a reading is under way, share the next one, which asks about the subjects
 * of all of them; one is under way at any time. A caller that gives up leaves the others their reading.
 */
export class NextReading<Subject, Answer> {
  readonly #read: (subjects: ReadonlySet<Subject>) => Promise<Answer>;
  #next: Flight<Subject, Answer> | undefined;
  #flying = false;

  /** `read` begins its requests when it is called, not before. */
  constructor(read: (subjects: ReadonlySet<Subject>) => Promise<Answer>) {
    this.#read = read;
  }

  /** What a reading answers that begins after this call; rejects with the reading's error, or the signal's reason. */
  ask(subject: Subject, { signal }: { readonly signal: AbortSignal }): Promise<Answer> {
    const flight = this.#join();
    flight.subjects.add(subject);
    return abortable(flight.answer, signal);
  }

  #join(): Flight<Subject, Answer> {
    if (this.#next !== undefined) return this.#next;
    const subjects = new Set<Subject>();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const answer = promise.then(() => this.#read(subjects));
    const flight = { subjects, answer, begin: () => resolve(undefined) };
    this.#next = flight;
    const landed = (): void => {
      this.#flying = false;
      if (this.#next !== undefined) this.#depart();
    };
    answer.then(landed, landed);
    if (!this.#flying) setImmediate(() => this.#depart());
    return flight;
  }

  #depart(): void {
    const flight = this.#next;
    if (flight === undefined || this.#flying) return;
    this.#flying = true;
    this.#next = undefined;
    flight.begin();
  }
}
