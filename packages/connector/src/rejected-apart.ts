/** Takes what a decoder answered apart, so that a rejected record stands alone. */

import { type Decoded } from "./format.ts";
import { type InputRejects } from "./source.ts";
import { type Changes } from "./value.ts";

/**
 * With `stop` the answer in parts: good records, a rejected one alone, good ones again, each with the
 * bytes that are covered up to its end. What a decoder can't say the place of stays one part.
 */
export function* rejectedApart(decoded: Decoded, onReject: InputRejects): Generator<Decoded> {
  const { changes, errors, rejects = [] } = decoded;
  if (onReject === "skip" || rejects.length === 0) {
    yield decoded;
    return;
  }
  let rows = 0;
  let records = 0;
  for (let index = 0; index < rejects.length;) {
    const reject = rejects[index];
    if (reject === undefined) return;
    if (reject.records > records) {
      yield {
        changes: part(changes, rows, reject.rows),
        records: reject.records - records,
        consumedBytes: reject.from,
        errors: [],
      };
    }
    ({ rows, records } = reject);
    const first = index;
    while (index < rejects.length && rejects[index]?.from === reject.from) index += 1;
    const alone = errors.slice(first, index);
    yield { changes: { rows: [] }, records: 0, consumedBytes: reject.to, errors: alone };
  }
  const { consumedBytes } = decoded;
  const rest = part(changes, rows, changes.rows.length);
  yield { changes: rest, records: decoded.records - records, consumedBytes, errors: [] };
}

function part({ rows, operations, metadata }: Changes, from: number, to: number): Changes {
  return {
    rows: rows.slice(from, to),
    ...(operations === undefined ? {} : { operations: operations.slice(from, to) }),
    ...(metadata === undefined ? {} : { metadata: metadata.slice(from, to) }),
  };
}
