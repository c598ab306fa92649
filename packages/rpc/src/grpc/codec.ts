/** Messages as the bytes of native gRPC; they are read inside the call, so that bad ones get an error of ours. */

import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { invalidParam, payloadTooLarge } from "@tidemark/service";

import { MAX_MESSAGE_BYTES } from "../rpc-options.ts";

/** Reads a request; throws `InvalidParam` for bytes that are none, `PayloadTooLarge` for too many. */
export function decode<I extends DescMessage>(schema: I, bytes: Buffer): MessageShape<I> {
  if (bytes.length > MAX_MESSAGE_BYTES) throw payloadTooLarge(MAX_MESSAGE_BYTES, bytes.length);
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw invalidParam(`the request is not a ${schema.typeName}: ${String(cause)}`);
  }
}

/** Writes an answer. */
export function encode<O extends DescMessage>(schema: O, answer: MessageInitShape<O>): Buffer {
  const { buffer, byteOffset, byteLength } = toBinary(schema, create(schema, answer));
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Leaves bytes as they are. */
export function asBytes(bytes: Buffer): Buffer {
  return bytes;
}
