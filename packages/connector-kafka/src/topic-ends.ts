/** Topic ends: where a topic's logs begin and end, told of one topic for certain. */

import { type ClusterLink, END, START, type TopicLayout } from "./cluster-link.ts";

/** A log's first offset, and its high watermark: the end of what is replicated. */
interface LogEnds {
  readonly start: bigint;
  readonly end: bigint;
}

/** The topic, and the ends of all its partitions. */
export interface TopicEnds {
  readonly layout: TopicLayout;
  readonly ends: ReadonlyMap<number, LogEnds>;
}

/**
 * Reads them. Offsets are told by a topic's name, so whose name it is is asked before and after: what
 * is answered is of one topic.
 */
export async function readTopicEnds(
  link: Pick<ClusterLink, "layout" | "offsets">,
  topic: string,
): Promise<TopicEnds> {
  const layout = await link.layout(topic);
  const isolation = "read_uncommitted";
  const [starts, ends] = await Promise.all([
    link.offsets(topic, layout, { timestamp: START, isolation }),
    link.offsets(topic, layout, { timestamp: END, isolation }),
  ]);
  const after = await link.layout(topic);
  if (after.topicId !== layout.topicId) {
    throw new Error(`topic '${topic}' was replaced while it was read`);
  }
  const told = layout.partitions.map(({ partition }): [number, LogEnds] => {
    const start = starts.get(partition)?.offset;
    const end = ends.get(partition)?.offset;
    if (start !== undefined && end !== undefined) return [partition, { start, end }];
    throw new Error(`nothing was told of partition ${partition} of topic '${topic}'`);
  });
  return { layout, ends: new Map(told) };
}
