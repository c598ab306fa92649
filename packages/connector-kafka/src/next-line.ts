/** Next lines: where reading begins anew, where it can't go on with the line before. */

import { type Frontier, frontier, join } from "@tidemark/core";

import { type ClusterLink, START, type TopicLayout } from "./cluster-link.ts";
import { type TopicLine } from "./topic-line.ts";

/** The line before, and the topic as it is now. */
export interface Succession {
  readonly layout: TopicLayout;
  readonly before: TopicLine;
}

/** Of a topic that took the name of the one before, all that it holds is new. */
export async function lineOfAnother(
  link: ClusterLink,
  topic: string,
  { layout, before }: Succession,
): Promise<TopicLine> {
  const { clusterId, topicId } = layout;
  const origin = await startsOf(link, topic, layout);
  const former = [...before.former, before.topicId].slice(-MOST_FORMER);
  return { clusterId, topicId, former, turn: before.turn + 1, origin };
}

/** What was read up to `frontier` goes on behind what expired since. */
export async function lineBehindExpired(
  link: ClusterLink,
  topic: string,
  { layout, before, frontier: read }: Succession & { readonly frontier: Frontier },
): Promise<TopicLine> {
  const { gone: _gone, ...same } = before;
  const origin = join(read, await startsOf(link, topic, layout));
  return { ...same, turn: before.turn + 1, origin };
}

const MOST_FORMER = 100;

async function startsOf(link: ClusterLink, topic: string, layout: TopicLayout): Promise<Frontier> {
  const asked = { timestamp: START, isolation: "read_uncommitted" } as const;
  const starts = await link.offsets(topic, layout, asked);
  return frontier([...starts].map(([partition, { offset }]) => [String(partition), offset]));
}
