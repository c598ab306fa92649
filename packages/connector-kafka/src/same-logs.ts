/** The same logs: whether offsets that a topic tells now are on the lines that were read. */

import { UnreadableError } from "@tidemark/connector";

import { type ClusterLink } from "./cluster-link.ts";
import { type TopicEnds } from "./topic-ends.ts";
import { type Epochs, type TopicLine } from "./topic-line.ts";

/** How far a line was read. */
export interface ReadSoFar {
  readonly line: TopicLine;
  readonly offsets: ReadonlyMap<number, bigint>;
  readonly epochs: Epochs;
}

/**
 * Throws an `UnreadableError` where the topic is another, or one of its logs was cut back by an
 * election to before what was read: what is written there since is not what was read at its offset.
 */
export async function checkSameLogs(
  link: ClusterLink,
  topic: string,
  { read, reached }: { readonly read: TopicEnds; readonly reached: ReadSoFar },
): Promise<void> {
  const { layout, ends } = read;
  const { line, offsets, epochs } = reached;
  if (layout.clusterId !== line.clusterId || layout.topicId !== line.topicId) {
    throw new UnreadableError(
      `topic '${topic}' was replaced by another of its name, which is being taken up`,
    );
  }
  const elected = new Map(
    layout.partitions
      .filter(({ partition, leaderEpoch }) => leaderEpoch > (epochs.get(partition) ?? leaderEpoch))
      .map(({ partition }) => [partition, epochs.get(partition) ?? -1]),
  );
  const parts = await link.epochEnds(topic, layout, elected);
  for (const [partition, { end }] of ends) {
    const at = offsets.get(partition) ?? 0n;
    if (end >= at && (parts.get(partition) ?? at) >= at) continue;
    throw new UnreadableError(
      `partition ${partition} of topic '${topic}' was cut back by an election, which is being taken up`,
    );
  }
}
