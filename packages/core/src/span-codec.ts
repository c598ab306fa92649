/** Spans in bytes: each by the place of its partition in the claim's frontier. */

import { type ByteReader, MalformedError } from "./byte-reader.ts";
import { type ByteWriter } from "./byte-writer.ts";
import { type Claim } from "./claim.ts";
import { type Frontier } from "./frontier.ts";
import { MAX_OFFSET, offset } from "./offset.ts";
import { type Span } from "./span.ts";

/**
 * Writes the canonical spans of a claim: 0 where it has none, else their number plus one; of each
 * how many places its partition stands behind that of the span before, its first offset less the end
 * of that span (of the first one in its partition: less 0), and its length.
 */
export function writeSpans(writer: ByteWriter, { frontier, spans }: Claim): void {
  writer.uint(spans === undefined ? 0 : spans.length + 1);
  let place = 0;
  let end = 0n;
  for (const { partition, from, to } of spans ?? []) {
    const next = frontier.positions.findIndex(([name]) => name === partition);
    if (next < place)
      throw new RangeError(`a span is in partition '${partition}', its frontier not`);
    writer.uint(next - place);
    if (next > place) end = 0n;
    writer.bigUint(from - end);
    writer.bigUint(to - from);
    place = next;
    end = to;
  }
}

/** Reads spans; throws `MalformedError` for anything that `writeSpans` does not write. */
export function readSpans(reader: ByteReader, frontier: Frontier): readonly Span[] | undefined {
  const count = reader.uint();
  if (count === 0) return undefined;
  if (count - 1 > reader.remaining) throw new MalformedError("it is cut off");
  const spans: Span[] = [];
  let place = 0;
  let end = 0n;
  let isFirst = true;
  for (let left = count - 1; left > 0; left--) {
    const ahead = reader.uint();
    if (ahead > 0) {
      end = 0n;
      isFirst = true;
    }
    place += ahead;
    const partition = frontier.positions[place]?.[0];
    const gap = reader.bigUint();
    const length = reader.bigUint();
    const to = end + gap + length;
    if (partition === undefined || length === 0n || to > MAX_OFFSET || (gap === 0n && !isFirst)) {
      throw new MalformedError("its spans are not in order");
    }
    spans.push({ partition, from: offset(end + gap), to: offset(to) });
    end = to;
    isFirst = false;
  }
  return spans;
}
