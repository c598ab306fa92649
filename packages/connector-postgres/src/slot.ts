/** Replication slots: where a reader of changes stands, as the server keeps it. */

import { type Offset } from "@tidemark/core";
import { Client, escapeIdentifier } from "pg";

import { lsnOf } from "./lsn.ts";
import { pinSettings } from "./pinned-settings.ts";
import { type Session } from "./session.ts";
import { replicationTarget, type Target } from "./target.ts";

/** A slot, as the server shows it. */
export interface SlotState {
  readonly confirmed: Offset;
  /** What must not be read any more, and why; absent while all is well. */
  readonly lost: string | undefined;
}

/** The slot; absent where the server has none of that name in this database. */
export async function slotState(session: Session, slot: string): Promise<SlotState | undefined> {
  const [row] = await session.rows(
    `SELECT confirmed_flush_lsn, wal_status FROM pg_replication_slots
      WHERE slot_name = $1 AND slot_type = 'logical' AND database = current_database()`,
    [slot],
  );
  if (row === undefined || row["confirmed_flush_lsn"] === null) return undefined;
  const lost =
    row["wal_status"] === "lost" ? "the server has removed what it had yet to give" : undefined;
  return { confirmed: lsnOf(row["confirmed_flush_lsn"]), lost };
}

/** Drops the slot if it is there. */
export async function dropSlot(session: Session, slot: string): Promise<void> {
  await session.rows(
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1",
    [slot],
  );
}

/** A new slot, with a snapshot of the database as it was where the slot's changes begin. */
export interface NewSlot extends AsyncDisposable {
  readonly from: Offset;
  /** For `SET TRANSACTION SNAPSHOT`, until this is disposed. */
  readonly snapshot: string;
}

/** Makes a slot; only a replication connection gives its snapshot away. */
export async function createSlot(target: Target, slot: string): Promise<NewSlot> {
  const client = new Client({
    ...replicationTarget(target),
    connectionTimeoutMillis: 5000,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await pinSettings(client);
    const { rows } = await client.query<Readonly<Record<string, unknown>>>(
      `CREATE_REPLICATION_SLOT ${escapeIdentifier(slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
    );
    return {
      from: lsnOf(rows[0]?.["consistent_point"]),
      snapshot: String(rows[0]?.["snapshot_name"]),
      [Symbol.asyncDispose]: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}
