/** View changes: what a step did to a view, read back from the outbox. */

import { type Value, type ViewChange } from "@tidemark/connector";

import { type FollowedView } from "./followed-view.ts";
import { type ReadSessions } from "./read-session.ts";

const CHUNK_CHANGES = 2048;

/** Reads one step's changes: all deletes, then all inserts, each group sorted. */
export async function* readChanges(
  sessions: ReadSessions,
  view: FollowedView,
  step: bigint,
): AsyncGenerator<readonly ViewChange[], void> {
  const session = await sessions.open();
  try {
    const result = await session.stream((connection) =>
      connection.stream(
        `SELECT n, ${view.columns} FROM ${view.outbox} WHERE step = $1::BIGINT
         ORDER BY n > 0, ${view.columns}`,
        [step],
      ),
    );
    yield* inPieces(session.rows(result));
  } finally {
    await session[Symbol.asyncDispose]();
  }
}

/** Rows that begin with how often they appear or go away, as changes in pieces. */
export async function* inPieces(
  chunks: AsyncIterable<readonly (readonly Value[])[]>,
): AsyncGenerator<readonly ViewChange[], void> {
  let changes: ViewChange[] = [];
  for await (const rows of chunks) {
    for (const change of rows.flatMap((row) => [...expand(row)])) {
      changes.push(change);
      if (changes.length < CHUNK_CHANGES) continue;
      yield changes;
      changes = [];
    }
  }
  if (changes.length > 0) yield changes;
}

/** One change for each time that the row appears or goes away. */
function* expand([n, ...row]: readonly Value[]): Generator<ViewChange, void> {
  const times = typeof n === "bigint" ? n : 0n;
  const weight = times > 0n ? 1 : -1;
  for (let i = 0n; i < (times > 0n ? times : -times); i += 1n) yield { weight, row };
}
