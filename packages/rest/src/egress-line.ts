/** Egress lines: chunks as the documented JSON, the part that all subscribers share made once. */

import { type EgressChunk } from "./service-answers.ts";

/** What follows the head of a line, by the data that it holds. */
const tails = {
  json_data: new WeakMap<Uint8Array, Buffer>(),
  text_data: new WeakMap<Uint8Array, Buffer>(),
};

/** One line, ended by CR LF; `field` says how its data is written. */
export function chunkLine(chunk: EgressChunk, field: "json_data" | "text_data"): Uint8Array {
  const { sequenceNumber, snapshot, step, data } = chunk;
  // Newer clients of the original wait for this number to reach a token's step.
  const processed = chunk.endOfStep || data === undefined ? `,"processed_steps":${step}` : "";
  const head = `{"sequence_number":${sequenceNumber},"snapshot":${snapshot},"step":${step}${processed}`;
  if (data === undefined) return Buffer.from(`${head}}\r\n`);
  let tail = tails[field].get(data);
  if (tail === undefined) tails[field].set(data, (tail = makeTail(data, field)));
  return Buffer.concat([Buffer.from(head), tail]);
}

/** The last line of a stream that could not go on. */
export function failureLine(sequenceNumber: number, error: string): Uint8Array {
  const line = JSON.stringify({ sequence_number: sequenceNumber, snapshot: false, error });
  return Buffer.from(`${line}\r\n`);
}

function makeTail(data: Uint8Array, field: "json_data" | "text_data"): Buffer {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
  // An array that is encoded as JSON ends its line itself.
  const value = field === "json_data" ? text.trimEnd() : JSON.stringify(text);
  return Buffer.from(`,"${field}":${value}}\r\n`);
}
