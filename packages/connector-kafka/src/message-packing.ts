/** Packing: a step's changes as messages, and messages as batches that a broker takes. */

import { type Encoder, type RefusedChanges, type ViewChange } from "@tidemark/connector";
import { type MessageRecord } from "@platformatic/kafka";

/** How changes are packed. */
export interface Packing {
  readonly topic: string;
  readonly headers: ReadonlyMap<Buffer, Buffer>;
  readonly maxMessageBytes: number;
  readonly maxInflight: number;
  readonly changesPerMessage: number;
  /** Takes the changes that no message can hold. */
  readonly refused: RefusedChanges;
}

/** Messages to be written together. */
export interface Packed {
  readonly messages: MessageRecord[];
  readonly changes: number;
  /** What the messages' values take. */
  readonly bytes: number;
}

/** What a batch and each of its messages take besides values, at most. */
const BATCH_BYTES = 128;
const MESSAGE_BYTES = 48;
const HEADER_BYTES = 10;
/** How full messages are aimed to be, as changes differ in size. */
const FILLED = 0.9;
/** The most changes of the first message, of which the first change alone tells the size. */
const FIRST_CHANGES = 1000;

interface Value {
  readonly bytes: Buffer;
  readonly changes: number;
}

/** Packs changes in their order, holding no more of them than one batch takes. */
export async function* packed(
  changes: AsyncIterable<readonly ViewChange[]>,
  encoder: Encoder,
  packing: Packing,
): AsyncGenerator<Packed> {
  const headers = new Map(packing.headers);
  let framing = MESSAGE_BYTES;
  for (const [key, value] of headers) framing += key.length + value.length + HEADER_BYTES;
  const limit = packing.maxMessageBytes - BATCH_BYTES - framing;
  let values: Value[] = [];
  let bytes = 0;
  for await (const value of encoded(changes, encoder, { ...packing, limit })) {
    const size = value.bytes.length + framing;
    if (values.length > 0 && bytes + size > packing.maxMessageBytes - BATCH_BYTES) {
      yield batch(values, packing.topic, headers);
      values = [];
      bytes = 0;
    }
    values.push(value);
    bytes += size;
    if (values.length < packing.maxInflight) continue;
    yield batch(values, packing.topic, headers);
    values = [];
    bytes = 0;
  }
  if (values.length > 0) yield batch(values, packing.topic, headers);
}

function batch(values: readonly Value[], topic: string, headers: Map<Buffer, Buffer>): Packed {
  return {
    messages: values.map(({ bytes }) => ({ topic, partition: 0, value: bytes, headers })),
    changes: values.reduce((sum, each) => sum + each.changes, 0),
    bytes: values.reduce((sum, each) => sum + each.bytes.length, 0),
  };
}

interface Sizes {
  readonly changesPerMessage: number;
  /** The most bytes of one value. */
  readonly limit: number;
  readonly refused: RefusedChanges;
}

/** Values of messages, each as full as may be. */
async function* encoded(
  changes: AsyncIterable<readonly ViewChange[]>,
  encoder: Encoder,
  sizes: Sizes,
): AsyncGenerator<Value> {
  const { changesPerMessage, limit, refused } = sizes;
  let waiting: ViewChange[] = [];
  let wanted: number | undefined;
  const wantedFor = (count: number, bytes: number): number =>
    Math.max(1, Math.min(changesPerMessage, Math.floor((FILLED * limit * count) / (bytes + 1))));
  for await (const all of changes) {
    const some = refused.encodable(encoder, all);
    waiting = waiting.length === 0 ? [...some] : [...waiting, ...some];
    wanted ??= Math.min(FIRST_CHANGES, wantedFor(1, encoder.encode(some.slice(0, 1)).length));
    let taken = 0;
    while (waiting.length - taken >= wanted) {
      const end = taken + wanted;
      for (const value of fitting(waiting.slice(taken, end), encoder, sizes)) {
        yield value;
        wanted = wantedFor(value.changes, value.bytes.length);
      }
      taken = end;
    }
    waiting = waiting.slice(taken);
  }
  if (waiting.length > 0) yield* fitting(waiting, encoder, sizes);
}

/** One value, or several where one would be too large. */
function* fitting(
  changes: readonly ViewChange[],
  encoder: Encoder,
  sizes: Sizes,
): Generator<Value> {
  const { limit, refused } = sizes;
  const bytes = encoder.encode(changes);
  if (bytes.length <= limit) {
    const { buffer, byteOffset, byteLength } = bytes;
    yield { bytes: Buffer.from(buffer, byteOffset, byteLength), changes: changes.length };
    return;
  }
  const [change] = changes;
  if (changes.length === 1 && change !== undefined) {
    refused.add(
      change,
      `it takes ${bytes.length} bytes, and a message may hold ${limit}: raise 'message.max.bytes' here, and max.message.bytes of the topic`,
    );
    return;
  }
  const middle = changes.length >> 1;
  yield* fitting(changes.slice(0, middle), encoder, sizes);
  yield* fitting(changes.slice(middle), encoder, sizes);
}
