/** An engine that is not ours: a program that reads a slot's changes, processes, and then confirms. */

import { type Database } from "@tidemark/systems";

const PEEK = `SELECT lsn::text, data
  FROM pg_logical_slot_peek_changes($1, NULL, $2::int, 'include-xids', '0')`;

/** How far one run of the engine goes. */
export interface SlotRun {
  /** About so many changes, in whole transactions. */
  readonly changes: number;
  /** Dies after it has processed, before it confirms. */
  readonly crashes: boolean;
}

/** Confirms only what it has processed; its ledger is what the oracle believes. */
export class SlotEngine {
  readonly slot: string;
  readonly #database: Database;
  readonly #table: string;
  readonly #processed = new Set<string>();

  constructor(database: Database, slot: string, table: string) {
    this.#database = database;
    this.slot = slot;
    this.#table = table;
  }

  /** True once the engine has processed a write. */
  has(id: string): boolean {
    return this.#processed.has(id);
  }

  /** Goes on for a while. Answers whether more may be left. */
  async run({ changes: most, crashes }: SlotRun): Promise<boolean> {
    const [server] = await this.#database.query("SELECT pg_current_wal_flush_lsn()::text AS lsn");
    const changes = await this.#database.query(PEEK, [this.slot, most]);
    const last = changes.findLast(({ data }) => String(data).startsWith("COMMIT"));
    for (const { data } of changes) this.#process(String(data));
    if (crashes) return true;
    const isAll = changes.length < most;
    // With nothing left, it confirms what the log held before it looked, as a reader answers keep-alives.
    const to = isAll ? server?.["lsn"] : last?.["lsn"];
    if (to !== undefined) {
      await this.#database.query("SELECT pg_replication_slot_advance($1, $2)", [this.slot, to]);
    }
    return !isAll;
  }

  #process(change: string): void {
    if (!change.startsWith(`table public.${this.#table}: INSERT:`)) return;
    const id = /id\[text\]:'([^']*)'/u.exec(change)?.[1];
    if (id !== undefined) this.#processed.add(id);
  }
}
