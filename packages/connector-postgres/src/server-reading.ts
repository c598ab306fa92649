/** Server readings: the changes of one server, and the catalog that vouches for them. */

import { type Clock, type SourceContext } from "@tidemark/connector";
import { type Offset } from "@tidemark/core";

import { type CatalogReader } from "./catalog/reading.ts";
import { CatalogWatch, type SeenBefore } from "./catalog/watch.ts";
import { ChangeEvents, UnfollowableError } from "./change-events.ts";
import { ChangeStream } from "./change-stream.ts";
import { newTimeline } from "./crossing.ts";
import { type Place, slotFault } from "./resume.ts";

/** What it is made with. */
export interface ServerReadingOptions {
  readonly place: Place;
  readonly publication: string;
  readonly reader: CatalogReader;
  readonly clock: Clock;
  readonly context: Pick<SourceContext, "trouble">;
  readonly before: SeenBefore;
  /** The timeline that was read before; that of the place where no server has taken over. */
  readonly timeline: number;
}

/** Both, of the server on one timeline. */
export interface ServerReading {
  readonly stream: ChangeStream;
  readonly watch: CatalogWatch;
}

/** Nothing is asked before the first change is. */
export function serverReading(options: ServerReadingOptions): ServerReading {
  const { place, publication, reader, clock, context, before } = options;
  const { target, cluster, slot, session, table: source } = place;
  const { timeline } = cluster;
  const trouble = (why: string | undefined): void => context.trouble(why);
  const around = { target, source, publication, reader, session, timeline, clock, trouble };
  const watch = new CatalogWatch(around, before);
  const check = async (from: Offset): Promise<void> => {
    const fault = await slotFault(from, place);
    if (fault === undefined) return;
    const taken =
      options.timeline === timeline ? "" : `${newTimeline(options.timeline, timeline)}; `;
    throw new UnfollowableError(`${taken}${fault}`);
  };
  const events = new ChangeEvents({ source, key: reader.subject.key });
  const stream = new ChangeStream({ target, cluster, slot, publication, events, check, clock });
  return { stream, watch };
}
