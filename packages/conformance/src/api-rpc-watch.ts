/** Watches over RPC: messages of a server's stream, read as they come. */

import { type ApiTokenStatus, type ApiWatch, type Outcome } from "./api-face.ts";

/** What a stream says; `read` reads a status from a message. */
export function rpcWatch(
  { messages, close }: { readonly messages: AsyncIterable<Outcome<unknown>>; close: () => void },
  read: (message: unknown) => ApiTokenStatus,
): ApiWatch {
  const iterator = messages[Symbol.asyncIterator]();
  return {
    next: async () => {
      const message = await iterator.next();
      if (message.done === true) return undefined;
      if (message.value.kind === "error") return message.value;
      const whole = message.value.value;
      return { kind: "value", value: { status: read(whole), whole } };
    },
    [Symbol.asyncDispose]: async () => {
      close();
      // What is under way ends in an error, which no one reads.
      await iterator.next().catch(() => undefined);
    },
  };
}
