/** Reading a pipeline's log. */

import { type CallOptions } from "../service.ts";
import { startAt } from "./log-cursor.ts";
import { type LogRequest, type Logs } from "./log-reading.ts";
import { type PipelineLog } from "./pipeline-log.ts";

/** The lines that are asked for; without a cursor, what is no longer kept is said in a line. */
export function readLog(
  log: PipelineLog,
  { cursor, follow }: LogRequest,
  { signal }: CallOptions,
): Logs {
  const position = startAt(log, cursor ?? "");
  const lines = log.read(position.seq, { follow, signal });
  if (cursor !== undefined) return { position, lines };
  return { position: undefined, lines: noticed(position.gap, lines) };
}

async function* noticed(
  gap: number,
  lines: AsyncIterable<string>,
): AsyncGenerator<string, void, undefined> {
  if (gap > 0) yield `... ${gap} earlier lines are no longer kept\n`;
  yield* lines;
}
