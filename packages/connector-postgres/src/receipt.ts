/** Receipts: what a writer can tell of its commit. */

import { ReceiptError } from "@tidemark/connector";
import { type Offset, offset } from "@tidemark/core";

import { endBefore, parseLsn } from "./lsn.ts";

/**
 * The offset that covers the commit. A plain LSN is a position after it, as
 * `SELECT pg_current_wal_insert_lsn()` answers when asked after COMMIT. `commit:` before it says that
 * it is the place of the commit record itself, as decoders of changes tell it. Throws `ReceiptError`.
 */
export function receiptOffset(text: string): Offset {
  const ofRecord = text.startsWith("commit:");
  const lsn = parseLsn(ofRecord ? text.slice("commit:".length) : text);
  if (lsn !== undefined) return ofRecord ? offset(lsn + 1n) : endBefore(lsn);
  throw new ReceiptError(
    "malformed",
    `'${text.slice(0, 60)}' is no receipt of PostgreSQL: give what 'SELECT pg_current_wal_insert_lsn()' answers after the COMMIT, such as 16/B374D848, or commit:16/B374D848 for the place of the commit record`,
  );
}
