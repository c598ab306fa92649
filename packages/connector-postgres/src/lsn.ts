/** LSNs: PostgreSQL's notation of offsets, and the partition that they are offsets of. */

import {
  type Frontier,
  frontier,
  type Offset,
  offset,
  offsetAt,
  ORIGIN,
  type Position,
} from "@tidemark/core";

/** The one partition: a database's write-ahead log. */
const WAL = "wal";

const PAGE_BYTES = 8192n;
/** Sizes of the headers that begin a page, and the first page of a segment. */
const HEADER_BYTES: readonly bigint[] = [24n, 40n];

/** Reads `16/B374D848`; undefined where it is no LSN. */
export function parseLsn(text: string): Offset | undefined {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/iu.exec(text.trim());
  if (match === null) return undefined;
  return offset((BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`));
}

/** Reads what the server answers; throws for what is no LSN. */
export function lsnOf(value: unknown): Offset {
  const lsn = typeof value === "string" ? parseLsn(value) : undefined;
  if (lsn === undefined) throw new TypeError(`the server answered ${String(value)} for an LSN`);
  return lsn;
}

/** Writes it as PostgreSQL does. */
export function formatLsn(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffff_ffffn).toString(16)}`.toUpperCase();
}

/**
 * The end of what lies before an insert position. Where that is just behind a page's header, nothing
 * was written since the page before was full, and a flush position then stays there: to wait for
 * the header would be to wait for the next write.
 */
export function endBefore(insertLsn: Offset): Offset {
  const into = insertLsn % PAGE_BYTES;
  return HEADER_BYTES.includes(into) ? offset(insertLsn - into) : insertLsn;
}

/** No change is ever written this early in a log. */
const COPYING = 1n;

/**
 * Where the log stands while its rows are still copied: so a claim on a part of the copy counts what
 * was rejected of it, as does every claim on the log.
 */
export const COPIED_PARTLY: Frontier = frontier([[WAL, COPYING]]);

/** Where rejected rows of the copy stand. */
export const IN_THE_COPY: Position = [WAL, ORIGIN];

/** The place of a commit record, where rejected changes of its transaction stand. */
export function walPosition(at: Offset): Position {
  return [WAL, at];
}

/** Everything before an LSN. */
export function walFrontier(lsn: bigint): Frontier {
  return frontier([[WAL, lsn]]);
}

/** How far a frontier covers the log. */
export function lsnAt(at: Frontier): Offset {
  const covered = offsetAt(at, WAL);
  return covered > COPYING ? covered : ORIGIN;
}
