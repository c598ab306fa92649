/** The chunks of subscriptions that say something. */

import { type ApiChunk, type ApiSubscription } from "./api-face.ts";

/** The next chunk that has data; undefined at the end of the stream. */
export async function withData(changes: ApiSubscription): Promise<ApiChunk | undefined> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- each chunk decides whether another is needed
    const chunk = await changes.next();
    if (chunk === undefined || chunk.data !== undefined) return chunk;
  }
}
