/** A queue of batches between a reader and the steps, bounded by records and bytes. */

import { type KeyedBody } from "../keyed-body.ts";
import { type Reject } from "../reject.ts";
import { type Batch } from "../source.ts";
import { hasTruncate } from "../value.ts";

/** A batch on its way into a step. */
export interface QueuedBatch extends Batch {
  /** How far the body that it is from was taken with it, where that has a key. */
  readonly keyed?: KeyedBody;
  /** What it rejected, as the step keeps it. */
  readonly rejects: readonly Reject[];
  /** When it was received, in milliseconds since 1970. */
  readonly receivedAtMs: number;
}

/** How much may wait. */
export interface QueueLimits {
  readonly records: number;
  readonly bytes: number;
}

/** Batches that were received and are in no step yet, oldest first. */
export class BatchQueue {
  readonly #limits: QueueLimits;
  #batches: QueuedBatch[] = [];
  #records = 0;
  #rejects = 0;
  #bytes = 0;
  /** Batches that hold a truncate. */
  #truncates = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Whether one more batch may come; one of any size may. */
  get hasRoom(): boolean {
    const { records, bytes } = this.#limits;
    return this.#records + this.#rejects < records && this.#bytes < bytes;
  }

  add(batch: QueuedBatch): void {
    this.#batches.push(batch);
    this.#records += batch.records;
    this.#rejects += batch.rejects.length;
    this.#bytes += batch.bytes;
    if (isTruncating(batch)) this.#truncates += 1;
  }

  /**
   * Takes whole batches of up to so many rows and rejects together, at least one where there is one. A truncate
   * is never left for a later step, where it would remove what other inputs gave after it. The
   * incarnation changes at most once, from the one given, so that each one is current at some commit.
   */
  take(maxRows: number, incarnation: Batch["incarnation"]): readonly QueuedBatch[] {
    let rows = 0;
    let changes = 0;
    let current = incarnation;
    let count = 0;
    const least = this.#truncates === 0 ? 0 : 1 + this.#batches.findLastIndex(isTruncating);
    for (const batch of this.#batches) {
      rows += batch.changes.rows.length + batch.rejects.length;
      if (batch.incarnation !== current) changes += 1;
      if (count > 0 && ((rows > maxRows && count >= least) || changes > 1)) break;
      current = batch.incarnation;
      count += 1;
    }
    const taken = this.#batches.splice(0, count);
    for (const batch of taken) {
      this.#records -= batch.records;
      this.#rejects -= batch.rejects.length;
      this.#bytes -= batch.bytes;
      if (this.#truncates > 0 && isTruncating(batch)) this.#truncates -= 1;
    }
    return taken;
  }
}

function isTruncating({ changes }: QueuedBatch): boolean {
  return hasTruncate(changes);
}
