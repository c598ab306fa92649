/** The notation of files: one log of bytes, counted from 0. */

import { type Frontier, frontier, offsetAt, type Partition } from "@tidemark/core";

/** The one partition, by the name that takes the fewest bytes in a token. */
const LOG: Partition = "0";

/** The frontier below which lie so many bytes. */
export function byteFrontier(bytes: bigint): Frontier {
  return frontier([[LOG, bytes]]);
}

/** How many bytes a frontier covers. */
export function byteOffset(at: Frontier): bigint {
  return offsetAt(at, LOG);
}
