/** Takeovers: turning to the server that answers at the same address now. */

import { ConfigError, type SourceContext } from "@tidemark/connector";
import { type Offset } from "@tidemark/core";

import { UnfollowableError } from "./change-events.ts";
import { type Cluster, clusterOf } from "./cluster.ts";
import { type Crossing, type Line, switchOf } from "./crossing.ts";
import { lineOf, type Place } from "./resume.ts";

/** What was read, and from where. */
export interface TakeoverOptions {
  readonly context: SourceContext;
  readonly place: Place;
  readonly line: Line;
  /** What whoever reads this was given. */
  readonly from: Offset;
}

/** The server that answers, and where it goes on from the line that was read. */
export interface Takeover {
  readonly place: Place;
  readonly crossing: Crossing | undefined;
}

/**
 * What was received and not given is of no use any more, as it may be what only the server before
 * had. Throws `UnfollowableError` where the server that answers lacks some of what was given.
 */
export async function takenOver({
  context,
  place: before,
  line,
  from,
}: TakeoverOptions): Promise<Takeover> {
  const cluster = await clusterNow(before);
  const { systemIdentifier, databaseOid } = before.cluster;
  if (cluster.systemIdentifier !== systemIdentifier || cluster.databaseOid !== databaseOid) {
    throw new UnfollowableError("the database is another one than the rows here came from");
  }
  const place = { ...before, cluster };
  const { timeline } = line;
  if (cluster.timeline === timeline) return { place, crossing: undefined };
  const at = await switchOf({ target: place.target, cluster, timeline, from });
  return { place, crossing: { at, to: lineOf(context, place, cluster.timeline) } };
}

/** A server that is not set up to be read yet, such as a standby that is being promoted, may be soon. */
async function clusterNow({ session, target }: Place): Promise<Cluster> {
  await session.reconnect();
  try {
    return await clusterOf(session, target);
  } catch (error) {
    throw error instanceof ConfigError ? new Error(error.message, { cause: error }) : error;
  }
}
