/** Following: a stream's changes, given once the catalog has been looked at after they were received. */

import { type CatalogWatch, type CheckOptions } from "./catalog/watch.ts";
import { TRUNCATE } from "./change-events.ts";
import { type Changes, type ChangeStream } from "./change-stream.ts";

/** What follows a table. */
export interface Followed {
  readonly stream: ChangeStream;
  readonly watch: CatalogWatch;
  /** Tries until it works; what can't be fixed by trying again is thrown. */
  readonly retried: <T>(signal: AbortSignal, attempt: () => Promise<T>) => Promise<T>;
}

/** The next changes after `from` that can be vouched for; throws `UnfollowableError`. */
export async function nextChanges(
  { stream, watch, retried }: Followed,
  from: Changes["end"],
  signal: AbortSignal,
): Promise<Changes> {
  let held: Changes = { transactions: [], end: from };
  for (;;) {
    const before = held;
    const more = await retried(signal, async () => {
      try {
        return await stream.next(before.end, signal);
      } catch (error) {
        // The server may give nothing because of what the catalog shows, such as a dropped publication.
        if (!signal.aborted) await watch.check(checkOf(before), signal);
        throw error;
      }
    });
    const { transactions } = held;
    held =
      transactions.length === 0
        ? more
        : { ...more, transactions: [...transactions, ...more.transactions] };
    const given = held;
    if (await retried(signal, () => watch.check(checkOf(given), signal))) return held;
  }
}

function checkOf({ transactions, end }: Changes): CheckOptions {
  const truncating = transactions.filter(({ events }) => events.includes(TRUNCATE));
  return { truncated: truncating.map(({ id }) => id), end };
}
