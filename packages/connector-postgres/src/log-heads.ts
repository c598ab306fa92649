/** Log heads: the end of a server's log, for all who ask, where that is the log that is read. */

import { NextReading, UnreadableError } from "@tidemark/connector";
import { type Offset } from "@tidemark/core";

import { timelineOf } from "./cluster.ts";
import { endBefore, lsnOf } from "./lsn.ts";
import { Session } from "./session.ts";
import { type Target } from "./target.ts";

interface LogHead {
  readonly end: Offset;
  /** Of the server that answered. */
  readonly timeline: number;
}

const HEAD = `SELECT pg_current_wal_insert_lsn() AS lsn,
  pg_walfile_name(pg_current_wal_insert_lsn()) AS segment`;

/** Asks for it on a connection of its own. */
export class LogHeads implements AsyncDisposable {
  readonly session: Session;
  readonly #heads: NextReading<undefined, LogHead>;

  constructor(target: Target) {
    this.session = new Session(target, "tidemark head");
    this.#heads = new NextReading(() => this.#read());
  }

  /**
   * The end by a reading that begins after the call. LSNs of two timelines look alike: throws
   * `UnreadableError` where the one that answers is not the one that is read when it has answered.
   */
  async on(reading: () => number, { signal }: { readonly signal: AbortSignal }): Promise<Offset> {
    const { end, timeline } = await this.#heads.ask(undefined, { signal });
    if (timeline === reading()) return end;
    // Its connection may be to a server that another one has taken over from.
    await this.session.reconnect();
    throw new UnreadableError(
      `the database is on timeline ${timeline}, and timeline ${reading()} is read: another server is taking over`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }

  async #read(): Promise<LogHead> {
    const [row] = await this.session.rows(HEAD);
    return { end: endBefore(lsnOf(row?.["lsn"])), timeline: timelineOf(row?.["segment"]) };
  }
}
