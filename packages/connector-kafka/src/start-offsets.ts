/** Start offsets: what `start_from` comes to in the topic as it is now. */

import { type ClusterLink, END, type LogOffset, START, type TopicLayout } from "./cluster-link.ts";
import { invalid } from "./connection.ts";
import { type KafkaInputConfig } from "./kafka-input-config.ts";

type Starts = readonly (readonly [number, LogOffset])[];
type Asking = (timestamp: bigint) => Promise<ReadonlyMap<number, LogOffset>>;

/** Where reading starts in each partition that is to be read; throws `ConfigError`. */
export async function startOffsets(
  link: ClusterLink,
  whole: TopicLayout,
  { topic, startFrom, partitions: only, isolation }: KafkaInputConfig,
): Promise<Starts> {
  const partitions = whole.partitions.filter(({ partition }) => only?.has(partition) ?? true);
  const layout = { ...whole, partitions };
  const at: Asking = (timestamp) => link.offsets(topic, layout, { timestamp, isolation });
  if (startFrom.kind === "latest") return [...(await at(END))];
  if (startFrom.kind === "earliest") return [...(await at(START))];
  if (startFrom.kind === "timestamp") return await startsByTime(at, startFrom.ms);
  return await givenStarts(at, partitions, startFrom.offsets);
}

/** Where nothing is as late, reading starts with what is to come. */
async function startsByTime(at: Asking, ms: number): Promise<Starts> {
  const ends = await at(END);
  const found = await at(BigInt(ms));
  return [...ends].map(([partition, end]) => {
    const first = found.get(partition);
    return [partition, first === undefined || first.offset < 0n ? end : unplaced(first.offset)];
  });
}

async function givenStarts(
  at: Asking,
  partitions: TopicLayout["partitions"],
  offsets: readonly number[],
): Promise<Starts> {
  if (offsets.length !== partitions.length) {
    throw invalid(
      "start_from",
      `gives ${offsets.length} offsets, and there are ${partitions.length} partitions to read`,
    );
  }
  const starts = await at(START);
  const ends = await at(END);
  return partitions.map(({ partition }, index) => {
    const offset = BigInt(offsets[index] ?? 0);
    const start = starts.get(partition)?.offset ?? 0n;
    const end = ends.get(partition)?.offset ?? 0n;
    if (offset >= start && offset <= end) return [partition, unplaced(offset)];
    throw invalid(
      "start_from",
      `gives offset ${offset} of partition ${partition}, which holds ${start} to ${end}`,
    );
  });
}

/** The leadership under which the record before was written is not known. */
function unplaced(offset: bigint): LogOffset {
  return { offset, leaderEpoch: -1 };
}
