/** Egress over REST: lines of JSON, read as they come. */

import { z } from "zod";

import { type ApiChunk, type ApiSubscription } from "./api-face.ts";

const LINE = z.strictObject({
  sequence_number: z.number(),
  snapshot: z.boolean(),
  step: z.number(),
  processed_steps: z.number().optional(),
  json_data: z.array(z.unknown()).optional(),
  text_data: z.string().optional(),
});

/** The chunks of a response; `close` goes away. */
export function restSubscription({ headers, body }: Response, close: () => void): ApiSubscription {
  if (headers.get("content-type") !== "application/json") {
    throw new Error(`chunks must be JSON, not ${headers.get("content-type")}`);
  }
  const lines = linesOf(body ?? new ReadableStream());
  return {
    next: async () => {
      const line = await lines.next();
      return line.done === true ? undefined : readChunk(line.value);
    },
    [Symbol.asyncDispose]: async () => {
      close();
      await lines.next().catch(() => undefined);
    },
  };
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\r\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") throw new Error(`the stream ends within a line: ${rest}`);
}

function readChunk(line: string): ApiChunk {
  const { sequence_number, snapshot, step, json_data, text_data } = LINE.parse(JSON.parse(line));
  return { sequenceNumber: sequence_number, snapshot, step, data: json_data ?? text_data };
}
