/** The notation of files: one log of bytes, counted from 0. */

import {
  type Frontier,
  frontier,
  offset,
  offsetAt,
  type Partition,
  type Position,
} from "@tidemark/core";

/** The one partition, by the name that takes the fewest bytes in a token. */
const LOG: Partition = "0";

/** The frontier below which lie so many bytes. */
export function byteFrontier(bytes: bigint): Frontier {
  return frontier([[LOG, bytes]]);
}

/** Where a record stands that begins behind so many bytes. */
export function bytePosition(bytes: bigint): Position {
  return [LOG, offset(bytes)];
}

/** How many bytes a frontier covers. */
export function byteOffset(at: Frontier): bigint {
  return offsetAt(at, LOG);
}
