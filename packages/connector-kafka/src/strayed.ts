/** Strayed offsets: those that a topic's logs do not have, and why they don't. */

import { type ClusterLink, type TopicLayout } from "./cluster-link.ts";
import { readTopicEnds } from "./topic-ends.ts";

/** Why a topic can't be read on from where it was read. */
export type Strayed =
  /** The name belongs to another topic now. */
  | { readonly kind: "replaced"; readonly layout: TopicLayout }
  /** Records expired below these offsets, or the logs were cut back to them. */
  | { readonly kind: "expired" | "cut"; readonly to: ReadonlyMap<number, bigint> };

/** Said where a broker tells of a topic that had the name before. */
export const LAGS = "a broker that lags tells of a topic that is gone";

/** A topic, told from others of its name. */
export interface NamedTopic {
  readonly topic: string;
  readonly topicId: string;
  /** The ids of those that had the name before. */
  readonly former: readonly string[];
}

/** Tells on which side of its logs some offsets of a topic lie; undefined where they are within. */
export async function strayedFrom(
  link: Pick<ClusterLink, "layout" | "offsets">,
  { topic, topicId, former }: NamedTopic,
  positions: readonly { readonly partition: number; readonly next: bigint }[],
): Promise<Strayed | undefined> {
  const { layout, ends } = await readTopicEnds(link, topic);
  if (former.includes(layout.topicId)) throw new Error(LAGS);
  if (layout.topicId !== topicId) return { kind: "replaced", layout };
  const expired = new Map<number, bigint>();
  const cut = new Map<number, bigint>();
  for (const { partition, next } of positions) {
    const log = ends.get(partition);
    if (log === undefined) continue;
    if (next < log.start) expired.set(partition, log.start);
    else if (next > log.end) cut.set(partition, log.end);
  }
  if (expired.size > 0) return { kind: "expired", to: expired };
  return cut.size > 0 ? { kind: "cut", to: cut } : undefined;
}
