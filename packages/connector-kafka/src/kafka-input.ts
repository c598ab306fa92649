/** `kafka_input` as the embedded engine reads it: opening a topic where the last commit left it. */

import {
  type Clock,
  ConfigError,
  type Progress,
  type Source,
  type SourceContext,
  type SourceFactory,
} from "@tidemark/connector";
import { frontier } from "@tidemark/core";

import { ClusterLink, type TopicLayout } from "./cluster-link.ts";
import { invalid } from "./connection.ts";
import { asConfigError, faultText, mayPass } from "./kafka-fault.ts";
import { type KafkaInputConfig, kafkaInputConfig } from "./kafka-input-config.ts";
import { KafkaSource } from "./kafka-source.ts";
import { lineBehindExpired, lineOfAnother } from "./next-line.ts";
import { startOffsets } from "./start-offsets.ts";
import {
  type Epochs,
  lineIncarnation,
  lineState,
  readLineState,
  type TopicLine,
} from "./topic-line.ts";

/** Sources of Kafka topics; the clock sets the pace of retries, and chance spreads them. */
export function kafkaInput(clock: Clock, random: () => number): SourceFactory {
  return {
    transport: "kafka_input",
    format: "required",
    validate: ({ transport }) => void kafkaInputConfig(transport.config),
    open: (context) => open(context, clock, random),
  };
}

/** A line, and where on it reading starts. */
interface Starting {
  readonly line: TopicLine;
  readonly start: Progress;
  readonly epochs: Epochs;
}

async function open(context: SourceContext, clock: Clock, random: () => number): Promise<Source> {
  const config = kafkaInputConfig(context.connector.transport.config);
  await using opening = new AsyncDisposableStack();
  const link = opening.use(new ClusterLink(config.connection, "tidemark"));
  const from = await startingAt(context, config, link);
  opening.move();
  return new KafkaSource({ context, config, link, clock, random, ...from });
}

async function startingAt(
  context: SourceContext,
  config: KafkaInputConfig,
  link: ClusterLink,
): Promise<Starting> {
  const { resume } = context;
  const known = readLineState(resume?.state);
  const before = resume && known && { ...known, start: resume };
  try {
    await link.checkVersions();
    const layout = await link.layout(config.topic);
    checkPartitions(config, layout);
    return before === undefined
      ? await firstStart(context, config, link, layout)
      : await nextStart(context, config, link, { layout, before });
  } catch (error) {
    const { topic, connection } = config;
    const fault = asConfigError(error, { topic, brokers: connection.bootstrapBrokers });
    // What was read before is known to be there: it is waited for.
    if (before !== undefined && mayPass(fault)) {
      context.trouble(fault instanceof Error ? fault.message : String(fault));
      return before;
    }
    if (fault instanceof ConfigError) throw fault;
    throw invalid("topic", `can't be read now: ${faultText(error)}`, { cause: error });
  }
}

/** Goes on where the last commit stands, or on a line of its own where that can't be. */
async function nextStart(
  context: SourceContext,
  { topic, resumesWhereExpired }: KafkaInputConfig,
  link: ClusterLink,
  { layout, before }: { readonly layout: TopicLayout; readonly before: Starting },
): Promise<Starting> {
  const { line, start } = before;
  if (line.former.includes(layout.topicId)) return before;
  if (layout.clusterId !== line.clusterId || layout.topicId !== line.topicId) {
    const another = await lineOfAnother(link, topic, { layout, before: line });
    return starting(context, another, new Map());
  }
  if (line.gone === undefined || !resumesWhereExpired) return before;
  const at = { layout, before: line, frontier: start.frontier };
  return starting(context, await lineBehindExpired(link, topic, at), new Map());
}

async function firstStart(
  context: SourceContext,
  config: KafkaInputConfig,
  link: ClusterLink,
  layout: TopicLayout,
): Promise<Starting> {
  const offsets = await startOffsets(link, layout, config);
  const { clusterId, topicId } = layout;
  const origin = frontier(offsets.map(([partition, { offset }]) => [String(partition), offset]));
  const epochs = offsets.filter(([, { leaderEpoch }]) => leaderEpoch >= 0);
  return starting(
    context,
    { clusterId, topicId, former: [], turn: 0, origin },
    new Map(epochs.map(([partition, { leaderEpoch }]) => [partition, leaderEpoch])),
  );
}

function checkPartitions({ topic, partitions }: KafkaInputConfig, layout: TopicLayout): void {
  const has = new Set(layout.partitions.map(({ partition }) => partition));
  const missing = [...(partitions ?? [])].find((partition) => !has.has(partition));
  if (missing === undefined) return;
  throw invalid(
    "partitions",
    `names partition ${missing}, which topic '${topic}' does not have: it has 0 to ${has.size - 1}`,
  );
}

function starting({ life, endpoint }: SourceContext, line: TopicLine, epochs: Epochs): Starting {
  const incarnation = lineIncarnation(life, endpoint, line);
  const state = lineState(line, epochs);
  return { line, start: { incarnation, frontier: line.origin, state }, epochs };
}
