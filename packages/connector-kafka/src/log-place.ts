/** Log places: a partition as claims name it, with the leader epoch that its offsets were told under. */

import { type Partition } from "@tidemark/core";

/** A partition, and the leader epoch that its end was told under. */
export interface LogPlace {
  readonly index: number;
  /** Absent in claims that say nothing of it. */
  readonly epoch: number | undefined;
}

/**
 * How a claim names a partition: `{leader epoch}/{partition}`. An offset means the same records for
 * as long as the log that was led under that epoch is not cut off before it, which an election of a
 * leader that lags can do (KIP-101): then, what is at that offset is something else.
 */
export function placeName(index: number, epoch: number): Partition {
  return `${epoch}/${index}`;
}

/** Reads what `placeName` wrote; undefined for anything else. */
export function placeOf(name: Partition): LogPlace | undefined {
  const match = /^(?:(\d{1,10})\/)?(\d{1,10})$/u.exec(name);
  if (match === null) return undefined;
  const [, epoch, index] = match;
  return { index: Number(index), epoch: epoch === undefined ? undefined : Number(epoch) };
}
