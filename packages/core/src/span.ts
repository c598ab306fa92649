/** Spans: the parts of a number line in which a claim counts rejected records. */

import { type Frontier, offsetAt, type Partition } from "./frontier.ts";
import { type Offset } from "./offset.ts";

/** The offsets of one partition from `from` on and below `to`; never empty. */
export interface Span {
  readonly partition: Partition;
  readonly from: Offset;
  readonly to: Offset;
}

/** The one list that covers what these spans cover: sorted, none of them touching the next. */
export function canonicalSpans(spans: readonly Span[]): readonly Span[] {
  const canonical: Span[] = [];
  for (const span of spans.toSorted(bySpan)) {
    const last = canonical.at(-1);
    if (last === undefined || last.partition !== span.partition || last.to < span.from) {
      canonical.push({ partition: span.partition, from: span.from, to: span.to });
    } else if (span.to > last.to) {
      canonical[canonical.length - 1] = { ...last, to: span.to };
    }
  }
  return canonical;
}

/**
 * At most so many spans, at least one for each partition, that cover all of these: the closest ones
 * become one, with what lies between them.
 */
export function fewSpans(spans: readonly Span[], most: number): readonly Span[] {
  const few = [...canonicalSpans(spans)];
  while (few.length > most) {
    const at = closest(few);
    const [span, next] = [few[at], few[at + 1]];
    if (span === undefined || next === undefined) break;
    few.splice(at, 2, { ...span, to: next.to });
  }
  return few;
}

/** Where the shortest gap within a partition is; behind the last span where there is none. */
function closest(spans: readonly Span[]): number {
  let at = spans.length;
  let least: bigint | undefined;
  for (const [i, span] of spans.entries()) {
    const next = spans[i + 1];
    if (next?.partition !== span.partition) continue;
    const gap = next.from - span.to;
    if (least !== undefined && gap >= least) continue;
    least = gap;
    at = i;
  }
  return at;
}

/** What the second frontier covers beyond the first one. */
export function spansBetween(before: Frontier, after: Frontier): readonly Span[] {
  return after.positions.flatMap(([partition, to]) => {
    const from = offsetAt(before, partition);
    return from < to ? [{ partition, from, to }] : [];
  });
}

function bySpan(a: Span, b: Span): number {
  if (a.partition !== b.partition) return a.partition < b.partition ? -1 : 1;
  if (a.from === b.from) return 0;
  return a.from < b.from ? -1 : 1;
}
