/** Cursors of logs: `{epoch}:{seq}`, as answers to earlier readings gave them. */

import { invalidParam } from "../errors/token.ts";
import { type LogPosition } from "./log-reading.ts";
import { type PipelineLog } from "./pipeline-log.ts";

const CURSOR = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,20})$/iu;

/**
 * Where a reading begins. An empty cursor, and one of an earlier log, is from the first line that is
 * kept; one after the last line is the last line. So no reader is kept from a log by its cursor.
 */
export function startAt(log: PipelineLog, cursor: string): LogPosition {
  if (cursor === "") return log.startAfter(0);
  const [, epoch, digits] = CURSOR.exec(cursor) ?? [];
  if (epoch === undefined) {
    throw invalidParam(
      "'cursor' has to be <epoch>:<seq> as an earlier answer's headers give them, or empty",
    );
  }
  if (epoch.toLowerCase() !== log.epoch) return log.startAfter(0);
  return log.startAfter(Math.min(Number(digits), log.last));
}
