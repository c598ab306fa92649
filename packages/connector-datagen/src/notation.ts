/** The notation of generated input: one log of rows, numbered through all plans from 0. */

import { type Frontier, frontier, offsetAt, type Partition } from "@tidemark/core";

/** The one partition, by the name that takes the fewest bytes in a token. */
const ROWS: Partition = "0";

/** The frontier below which so many rows were generated. */
export function generatedFrontier(rows: number): Frontier {
  return frontier([[ROWS, BigInt(rows)]]);
}

/** How many rows a frontier covers. */
export function generatedRows(at: Frontier): number {
  return Number(offsetAt(at, ROWS));
}
