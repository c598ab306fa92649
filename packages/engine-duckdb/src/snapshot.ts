/** Snapshots: all rows of a relation as of one step, read at the reader's own speed. */

import { QueryError, type ViewChange } from "@tidemark/connector";

import { databaseMessage } from "./database-message.ts";
import { type ReadSessions } from "./read-session.ts";
import { plainColumns, quoteName } from "./sql-text.ts";
import { inPieces } from "./view-changes.ts";

/** What is to be read. */
export interface SnapshotOf {
  readonly relation: string;
  readonly columnCount: number;
  readonly signal: AbortSignal;
}

/** Holds on to the state of now; its rows come as inserts, sorted, when they are asked for. */
export async function openSnapshot(
  sessions: ReadSessions,
  { relation, columnCount, signal }: SnapshotOf,
): Promise<AsyncIterable<readonly ViewChange[]>> {
  const session = await sessions.open();
  const close = (): void => void session[Symbol.asyncDispose]();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  const columns = plainColumns(columnCount);
  const sql = `SELECT 1::BIGINT, ${columns}
    FROM (SELECT * FROM ${quoteName(relation)}) AS v (${columns}) ORDER BY ${columns}`;
  try {
    await session.pin();
  } catch (fault) {
    close();
    throw faultOf(fault, signal);
  }
  return (async function* read() {
    try {
      const result = await session.stream((connection) => connection.stream(sql));
      yield* inPieces(session.rows(result));
    } catch (fault) {
      throw faultOf(fault, signal);
    } finally {
      signal.removeEventListener("abort", close);
      await session[Symbol.asyncDispose]();
    }
  })();
}

function faultOf(fault: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : new QueryError(databaseMessage(fault), { cause: fault });
}
