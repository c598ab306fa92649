/** A frontier: one offset for every partition of a connector, partially ordered. */

import { type Offset, ORIGIN, offset } from "./offset.ts";

/** The name of one totally ordered log inside a source. */
export type Partition = string;

/** One partition and its offset. */
export type Position = readonly [partition: Partition, offset: Offset];

/**
 * An offset for every partition of a connector. Positions are sorted by partition name, by UTF-16
 * code unit, each partition once; a partition that is missing is at its origin, and one at its
 * origin is left out, so equal frontiers are equal lists.
 */
export interface Frontier {
  readonly positions: readonly Position[];
}

/** The frontier that covers nothing. */
export const EMPTY: Frontier = { positions: [] };

/** Builds a frontier from positions in any order; a partition given twice takes the larger offset. */
export function frontier(positions: Iterable<readonly [Partition, bigint]>): Frontier {
  const offsets = new Map<Partition, Offset>();
  for (const [partition, value] of positions) {
    const next = offset(value);
    if (next > (offsets.get(partition) ?? ORIGIN)) offsets.set(partition, next);
  }
  return { positions: [...offsets].toSorted(byPartition) };
}

/** The offset of one partition: the origin where the frontier does not name it. */
export function offsetAt(at: Frontier, partition: Partition): Offset {
  const { positions } = at;
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const position = positions[middle];
    if (position === undefined) break;
    if (position[0] === partition) return position[1];
    if (position[0] < partition) low = middle + 1;
    else high = middle;
  }
  return ORIGIN;
}

/** True when `a` covers nothing that `b` does not. */
export function lessEqual(a: Frontier, b: Frontier): boolean {
  return a.positions.every(([partition, target]) => target <= offsetAt(b, partition));
}

/** True when both cover exactly the same. */
export function equal(a: Frontier, b: Frontier): boolean {
  return (
    a.positions.length === b.positions.length &&
    a.positions.every(([partition, value], i) => {
      const other = b.positions[i];
      return other !== undefined && other[0] === partition && other[1] === value;
    })
  );
}

/** The least frontier that covers both. */
export function join(a: Frontier, b: Frontier): Frontier {
  return frontier([...a.positions, ...b.positions]);
}

/** The greatest frontier that both cover. */
export function meet(a: Frontier, b: Frontier): Frontier {
  return frontier(
    a.positions.map(([partition, value]): readonly [Partition, bigint] => {
      const other = offsetAt(b, partition);
      return [partition, value < other ? value : other];
    }),
  );
}

/** What remains in each partition until `observed` covers `target`; partitions already covered are left out. */
export function lag(target: Frontier, observed: Frontier): ReadonlyMap<Partition, bigint> {
  const remaining = new Map<Partition, bigint>();
  for (const [partition, value] of target.positions) {
    const missing = value - offsetAt(observed, partition);
    if (missing > 0n) remaining.set(partition, missing);
  }
  return remaining;
}

/** The lag summed over all partitions. */
export function totalLag(target: Frontier, observed: Frontier): bigint {
  let total = 0n;
  for (const missing of lag(target, observed).values()) total += missing;
  return total;
}

function byPartition(a: Position, b: Position): number {
  return a[0] < b[0] ? -1 : 1;
}
