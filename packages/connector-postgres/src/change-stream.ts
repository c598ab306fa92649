/** Change streams: the transactions that a slot has yet to give, and telling it which are safe. */

import { type Clock } from "@tidemark/connector";
import { type Offset, ORIGIN } from "@tidemark/core";

import { type ChangeEvents, UnfollowableError } from "./change-events.ts";
import { type Cluster } from "./cluster.ts";
import { type WireMessage } from "./pgoutput.ts";
import { ReplicationStream, type Sent } from "./replication-stream.ts";
import { type Target } from "./target.ts";
import { OtherTimelineError } from "./timelines.ts";

/** What one transaction changed in the table. */
export interface Transaction {
  /** As the server numbers it. */
  readonly id: string;
  /** Events of the table, each a line of JSON or a truncate. */
  readonly events: readonly string[];
  /** The place of its commit record: what is covered up to there lacks it. */
  readonly at: Offset;
  /** Everything before is in it and earlier ones. */
  readonly end: Offset;
}

/** Some transactions, whole and in the order of their commits. */
export interface Changes {
  /** Those that changed the table. */
  readonly transactions: readonly Transaction[];
  /** Everything before is in these and earlier ones. */
  readonly end: Offset;
}

/** What a stream is made with. */
export interface ChangeStreamOptions {
  readonly target: Target;
  /** The one that the changes so far are of. */
  readonly cluster: Cluster;
  readonly slot: string;
  readonly publication: string;
  readonly events: ChangeEvents;
  /** Throws `UnfollowableError` where the slot can't give all changes from there on. */
  readonly check: (from: Offset) => Promise<void>;
  readonly clock: Clock;
}

/** A transaction is never cut, so it may be more. */
const EVENTS_AT_ONCE = 10_000;
/** Progress without changes is told together with what comes meanwhile. */
const REST_MS = 20;

/**
 * The slot is moved by what a commit of ours holds, and nothing else, so that a crash at any point has
 * it give again what is not here.
 */
export class ChangeStream implements AsyncDisposable {
  readonly #options: ChangeStreamOptions;
  /** What our commits hold. */
  #safe: Offset = ORIGIN;
  #stream: ReplicationStream | undefined;
  /** What was taken from the stream and is in no answer yet. */
  #pending: readonly Sent[] = [];
  /** The one that has begun; undefined between two. */
  #transaction: { readonly id: string; readonly events: string[] } | undefined;
  /** Why what comes after the last answer can't be followed. */
  #fault: UnfollowableError | undefined;

  constructor(options: ChangeStreamOptions) {
    this.#options = options;
  }

  /** Lets the slot forget what lies before. */
  confirm(safe: Offset): void {
    this.#safe = safe;
    this.#stream?.confirm(safe);
  }

  /**
   * The next transactions after `from`: waits until there are some, or until the log has grown by
   * what is not about the table, which is worth being told as well. Once it has rejected, the next
   * call connects again.
   */
  async next(from: Offset, signal: AbortSignal): Promise<Changes> {
    try {
      this.#stream ??= await this.#connected(from);
      for (;;) {
        if (this.#fault !== undefined) throw this.#fault;
        if (this.#pending.length === 0) this.#pending = await this.#stream.take({ signal });
        const changes = this.#assemble(from);
        if (changes.transactions.length > 0 || this.#fault !== undefined) return changes;
        if (changes.end === from) continue;
        await this.#options.clock.sleep(REST_MS, { signal });
        this.#pending = [...this.#pending, ...this.#stream.takeNow()];
        return this.#assemble(changes.end);
      }
    } catch (error) {
      await this.#disconnect();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disconnect();
  }

  async #connected(from: Offset): Promise<ReplicationStream> {
    const { target, cluster, clock, slot, publication } = this.#options;
    const stream = await ReplicationStream.open(target, clock, this.#safe);
    try {
      const { identity } = stream;
      if (identity.systemIdentifier !== cluster.systemIdentifier) {
        throw new UnfollowableError("the database is another one than the rows here came from");
      }
      if (identity.timeline !== cluster.timeline) {
        throw new OtherTimelineError(cluster.timeline, identity.timeline);
      }
      await this.#options.check(from);
      stream.start(slot, publication);
      return stream;
    } catch (error) {
      await stream[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#pending = [];
    this.#transaction = undefined;
    await stream?.[Symbol.asyncDispose]();
  }

  /** Takes whole transactions from what is pending; what lies before `from` was taken earlier. */
  #assemble(from: Offset): Changes {
    const transactions: Transaction[] = [];
    let count = 0;
    let end = from;
    let read = 0;
    for (const sent of this.#pending) {
      if (count >= EVENTS_AT_ONCE && this.#transaction === undefined) break;
      read += 1;
      if (sent.kind === "reached") {
        if (this.#transaction === undefined && sent.end > end) ({ end } = sent);
        continue;
      }
      const { message } = sent;
      if (!this.#follow(message)) break;
      if (message.kind !== "commit") continue;
      const transaction = this.#transaction;
      // Started again, the slot gives what it was not told of yet once more.
      if (message.end > from && transaction !== undefined && transaction.events.length > 0) {
        transactions.push({ ...transaction, at: message.at, end: message.end });
        count += transaction.events.length;
      }
      if (message.end > end) ({ end } = message);
      this.#transaction = undefined;
    }
    this.#pending = this.#pending.slice(read);
    return { transactions, end };
  }

  /** Whether a message could be followed; what came before its transaction is answered all the same. */
  #follow(message: WireMessage): boolean {
    try {
      if (message.kind === "begin") this.#transaction = { id: message.transaction, events: [] };
      for (const event of this.#options.events.of(message)) this.#transaction?.events.push(event);
      return true;
    } catch (error) {
      if (!(error instanceof UnfollowableError)) throw error;
      this.#fault = error;
      return false;
    }
  }
}
