/** Receipts: what a writer can tell of its commit. */

import { ReceiptError } from "@tidemark/connector";
import { type Offset, offset } from "@tidemark/core";

import { endBefore, parseLsn } from "./lsn.ts";

/** Whether a receipt is the place of a commit record, and so can't lie inside another transaction. */
export function isCommitRecord(text: string): boolean {
  return text.startsWith(COMMIT);
}

const COMMIT = "commit:";

/**
 * The offset that covers the commit. A plain LSN is a position after it, as
 * `SELECT pg_current_wal_insert_lsn()` answers when asked after COMMIT. `commit:` before it says that
 * it is the place of the commit record itself, as decoders of changes tell it. Throws `ReceiptError`.
 */
export function receiptOffset(text: string): Offset {
  const ofRecord = isCommitRecord(text);
  const lsn = parseLsn(ofRecord ? text.slice(COMMIT.length) : text);
  if (lsn !== undefined) return ofRecord ? offset(lsn + 1n) : endBefore(lsn);
  throw new ReceiptError(
    "malformed",
    `'${text.slice(0, 60)}' is no receipt of PostgreSQL: give what 'SELECT pg_current_wal_insert_lsn()' answers after the COMMIT, such as 16/B374D848, or commit:16/B374D848 for the place of the commit record`,
  );
}

/** A receipt of what is not in the log. */
export function beyondHead(text: string): ReceiptError {
  return new ReceiptError("beyond-head", `LSN ${text} lies beyond the end of the database's log`);
}
