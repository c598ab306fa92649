/** The notation of pushed input: one log of accepted records, counted from 0. */

import { type Frontier, frontier, offsetAt, type Partition } from "@tidemark/core";

/** The one partition, by the name that takes the fewest bytes in a token. */
const LOG: Partition = "0";

/** The frontier below which so many records were accepted. */
export function acceptedFrontier(records: bigint): Frontier {
  return frontier([[LOG, records]]);
}

/** How many records a frontier covers. */
export function acceptedRecords(at: Frontier): bigint {
  return offsetAt(at, LOG);
}
