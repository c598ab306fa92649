/** Decoding events: what a batch brings of some events. */

import { type Batch, type Decoder, mergeChanges, type RecordError } from "@tidemark/connector";

import { TRUNCATE } from "./change-events.ts";

/** A batch without its progress. */
export type DecodedEvents = Pick<Batch, "changes" | "records" | "bytes" | "errors">;

/** A decoder of one more stream. */
export type OpenDecoder = () => Decoder;

/** Names and places an error; `at` is the event's place among those that are decoded together. */
export type PlaceError = (error: RecordError, event: string, at: number) => RecordError;

/** No events. */
export const NOTHING: DecodedEvents = { changes: { rows: [] }, records: 0, bytes: 0, errors: [] };

const DELETE = '{"delete":';

const TRUNCATED: DecodedEvents = {
  changes: { rows: [[]], operations: ["truncate"] },
  records: 1,
  bytes: TRUNCATE.length,
  errors: [],
};

/** Decodes events all at once; the decoder reads what lies between truncates. */
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

/** Decodes events one by one, each error placed; slower, so for events that some error is known of. */
export function decodeEach(
  open: OpenDecoder,
  events: readonly string[],
  place: PlaceError,
): DecodedEvents {
  let decoder = open();
  const parts = events.map((event, at) => {
    const part = decodeEvents(decoder, [event]);
    if (part.errors.length === 0) return part;
    decoder = open();
    // A row that does not fit was never here, so there is none to delete.
    if (event.startsWith(DELETE)) return { ...part, errors: [] };
    return { ...part, errors: part.errors.map((error) => place(error, event, at)) };
  });
  return sum(parts);
}

/** One after the other. */
export function sum(parts: readonly DecodedEvents[]): DecodedEvents {
  const total = (of: (part: DecodedEvents) => number): number =>
    parts.reduce((all, part) => all + of(part), 0);
  return {
    changes: mergeChanges(parts.map(({ changes }) => changes)),
    records: total(({ records }) => records),
    bytes: total(({ bytes }) => bytes),
    errors: parts.flatMap(({ errors }) => errors),
  };
}

function decodeLines(decoder: Decoder, lines: readonly string[]): DecodedEvents {
  const encoded = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const { changes, records, errors } = decoder.push(encoded);
  return { changes, records, bytes: encoded.length, errors };
}
