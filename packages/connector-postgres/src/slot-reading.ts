/** Slot readings: all slots of a server that are asked about, by one statement. */

import { NextReading } from "@tidemark/connector";
import { type Offset } from "@tidemark/core";

import { timelineOf } from "./cluster.ts";
import { endBefore, lsnOf, parseLsn } from "./lsn.ts";
import { type Session, type TextRow } from "./session.ts";

/** A slot, and the server around it, at one moment. */
export interface SlotReading {
  /** Absent where the server has no such slot. */
  readonly slot: ObservedSlot | undefined;
  readonly timeline: number;
  /** The end of the server's log. */
  readonly head: Offset;
}

/** What the server shows of a slot. */
export interface ObservedSlot {
  readonly confirmed: Offset;
  readonly active: boolean;
  readonly plugin: string;
  readonly database: string;
  /** Why it has nothing to give any more; absent while it has. */
  readonly lost: string | undefined;
  /** Where decoding would begin again: never before the end of the log when the slot was made. */
  readonly restart: Offset;
  /** Where the reader has been sent to; absent where nobody reads. */
  readonly sent: Offset | undefined;
  /** Transactions decoded since it was made, or since the server has crashed, which forgets them. */
  readonly decoded: bigint;
}

const SLOTS = `SELECT s.slot_name, s.confirmed_flush_lsn, s.restart_lsn, s.active, s.plugin, s.database, s.wal_status,
       r.sent_lsn, coalesce(t.total_txns, 0) AS decoded
  FROM pg_replication_slots s
  LEFT JOIN pg_stat_replication r ON r.pid = s.active_pid
  LEFT JOIN pg_stat_replication_slots t ON t.slot_name = s.slot_name
 WHERE s.slot_name = ANY($1)`;

const SERVER = `SELECT pg_is_in_recovery() AS standby,
  CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_insert_lsn() END AS head,
  CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_insert_lsn()) END AS segment`;

/** Reads slots of one server for everybody who asks, in one round of statements. */
export class SlotReadings {
  readonly #session: Session;
  readonly #next: NextReading<string, ReadonlyMap<string, SlotReading>>;
  #rounds = 0;

  constructor(session: Session) {
    this.#session = session;
    this.#next = new NextReading((slots) => this.#read(slots));
  }

  /** How many rounds of statements there have been. */
  get rounds(): number {
    return this.#rounds;
  }

  /** The slot, by a reading that begins after the call. */
  async of(slot: string, options: { readonly signal: AbortSignal }): Promise<SlotReading> {
    const all = await this.#next.ask(slot, options);
    const reading = all.get(slot);
    if (reading === undefined) throw new TypeError("a reading answers what it was asked about");
    return reading;
  }

  async #read(slots: ReadonlySet<string>): Promise<ReadonlyMap<string, SlotReading>> {
    this.#rounds += 1;
    // The slots first: what a reader has confirmed by then lies before the head that is read after.
    const rows = await this.#session.rows(SLOTS, [[...slots]]);
    const [server] = await this.#session.rows(SERVER);
    if (server?.["standby"] === "t")
      throw new Error("the server is a standby, which has no slots of its own to observe");
    const head = endBefore(lsnOf(server?.["head"]));
    const timeline = timelineOf(server?.["segment"]);
    const found = new Map(rows.map((row) => [String(row["slot_name"]), observed(row)]));
    return new Map([...slots].map((slot) => [slot, { slot: found.get(slot), timeline, head }]));
  }
}

function observed(row: TextRow): ObservedSlot {
  const confirmed = row["confirmed_flush_lsn"];
  const sent = row["sent_lsn"];
  return {
    // A physical slot confirms nothing.
    confirmed: lsnOf(confirmed ?? "0/0"),
    active: row["active"] === "t",
    plugin: String(row["plugin"]),
    database: String(row["database"]),
    lost:
      row["wal_status"] === "lost" ? "the server has removed what it had yet to give" : undefined,
    restart: lsnOf(row["restart_lsn"] ?? "0/0"),
    sent: typeof sent === "string" ? parseLsn(sent) : undefined,
    decoded: BigInt(String(row["decoded"])),
  };
}
