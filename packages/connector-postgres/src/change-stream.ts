/** Change streams: the transactions that a slot has yet to give, and telling it which are safe. */

import { type Clock } from "@tidemark/connector";
import { type Offset, ORIGIN } from "@tidemark/core";
import { escapeIdentifier } from "pg";

import { type ChangeEvents } from "./change-events.ts";
import { formatLsn, lsnOf } from "./lsn.ts";
import { parseMessage } from "./pgoutput.ts";
import { type Session } from "./session.ts";

/** Some transactions, whole and in the order of their commits. */
export interface Changes {
  /** Events of the table, each a line of JSON. */
  readonly events: readonly string[];
  /** Everything before is in these and earlier ones. */
  readonly end: Offset;
}

/** What a stream is made with. */
export interface ChangeStreamOptions {
  /** Its own: statements may take long. */
  readonly session: Session;
  readonly slot: string;
  readonly publication: string;
  readonly events: ChangeEvents;
  readonly clock: Clock;
}

/** A transaction is never cut, so it may be more. */
const CHANGES_AT_ONCE = 20_000;
const REST_MS = { shortest: 5, longest: 200 };

const PEEK = `SELECT data FROM pg_logical_slot_peek_binary_changes($1, NULL, ${CHANGES_AT_ONCE},
  'proto_version', '1', 'publication_names', $2)`;

/**
 * Peeks and never gets: the slot is moved by what a commit of ours holds, and nothing else, so that a
 * crash at any point has it give again what is not here.
 */
export class ChangeStream implements AsyncDisposable {
  readonly #options: ChangeStreamOptions;
  /** What our commits hold. */
  #safe: Offset = ORIGIN;
  #told: Offset = ORIGIN;

  constructor(options: ChangeStreamOptions) {
    this.#options = options;
  }

  /** Lets the slot forget what lies before; it is told before the next reading. */
  confirm(safe: Offset): void {
    this.#safe = safe;
  }

  /**
   * The next transactions after `from`: waits until there are some, or until the log has grown by
   * what is not about the table, which is worth being told as well.
   */
  async next(from: Offset, signal: AbortSignal): Promise<Changes> {
    const { clock } = this.#options;
    for (let restMs = REST_MS.shortest; ; restMs = Math.min(restMs * 2, REST_MS.longest)) {
      signal.throwIfAborted();
      // Peeking begins at what the slot was told: what is not safe yet would be decoded again.
      if (this.#safe >= from) {
        await this.#tell();
        const changes = await this.#peek(from);
        const worth = changes.events.length > 0 || restMs === REST_MS.longest;
        if (changes.end > from && worth) return changes;
      }
      await clock.sleep(restMs, { signal });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.session[Symbol.asyncDispose]();
  }

  async #tell(): Promise<void> {
    const { session, slot } = this.#options;
    const safe = this.#safe;
    if (safe === this.#told || safe === ORIGIN) return;
    await session.rows(
      `SELECT pg_replication_slot_advance(slot_name, $2::pg_lsn) FROM pg_replication_slots
        WHERE slot_name = $1 AND confirmed_flush_lsn < $2::pg_lsn AND $2::pg_lsn <= pg_current_wal_flush_lsn()`,
      [slot, formatLsn(safe)],
    );
    this.#told = safe;
  }

  async #peek(from: Offset): Promise<Changes> {
    const { session, slot, publication, events } = this.#options;
    // Read before: all that was committed below it is among what is peeked.
    const [flushed] = await session.rows("SELECT pg_current_wal_flush_lsn() AS lsn");
    const rows = await session.rows(PEEK, [slot, escapeIdentifier(publication)]);
    const all: string[] = [];
    let transaction: string[] = [];
    let end = from;
    for (const { data } of rows) {
      if (!Buffer.isBuffer(data))
        throw new TypeError("the server answered changes that are no bytes");
      const message = parseMessage(data);
      transaction.push(...events.of(message));
      if (message.kind !== "commit") continue;
      if (message.end > from) for (const event of transaction) all.push(event);
      if (message.end > end) end = message.end;
      transaction = [];
    }
    const exhausted = rows.length < CHANGES_AT_ONCE;
    const flush = lsnOf(flushed?.["lsn"]);
    return { events: all, end: exhausted && flush > end ? flush : end };
  }
}
