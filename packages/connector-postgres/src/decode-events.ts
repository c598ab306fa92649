/** Decoding events: what a batch brings of some events. */

import { type Batch, type Decoder, mergeChanges } from "@tidemark/connector";

import { TRUNCATE } from "./change-events.ts";

/** A batch without its progress. */
export type DecodedEvents = Pick<Batch, "changes" | "records" | "bytes" | "errors">;

/** The decoder reads what lies between truncates. */
export function decodeEvents(decoder: Decoder, events: readonly string[]): DecodedEvents {
  let from = 0;
  const parts: DecodedEvents[] = [];
  for (;;) {
    const at = events.indexOf(TRUNCATE, from);
    parts.push(decodeLines(decoder, events.slice(from, at < 0 ? undefined : at)));
    if (at < 0) return sum(parts);
    parts.push(TRUNCATED);
    from = at + 1;
  }
}

const TRUNCATED: DecodedEvents = {
  changes: { rows: [[]], operations: ["truncate"] },
  records: 1,
  bytes: TRUNCATE.length,
  errors: [],
};

function decodeLines(decoder: Decoder, lines: readonly string[]): DecodedEvents {
  const encoded = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const { changes, records, errors } = decoder.push(encoded);
  return { changes, records, bytes: encoded.length, errors };
}

function sum(parts: readonly DecodedEvents[]): DecodedEvents {
  const total = (of: (part: DecodedEvents) => number): number =>
    parts.reduce((all, part) => all + of(part), 0);
  return {
    changes: mergeChanges(parts.map(({ changes }) => changes)),
    records: total(({ records }) => records),
    bytes: total(({ bytes }) => bytes),
    errors: parts.flatMap(({ errors }) => errors),
  };
}
