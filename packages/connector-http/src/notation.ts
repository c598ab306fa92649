/** The notation of pushed input: one log of accepted records, counted from 0. */

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

/** The frontier below which so many records were accepted. */
export function acceptedFrontier(records: bigint): Frontier {
  return frontier([[LOG, records]]);
}

/** Where the record stands that so many were accepted before. */
export function acceptedPosition(records: bigint): Position {
  return [LOG, offset(records)];
}

/** How many records a frontier covers. */
export function acceptedRecords(at: Frontier): bigint {
  return offsetAt(at, LOG);
}
