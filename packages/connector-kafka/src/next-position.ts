/** Next positions: where reading goes on, once a line can't be read on as it was. */

import { type Clock, type SourceContext } from "@tidemark/connector";
import { type Frontier, offsetAt } from "@tidemark/core";

import { type ClusterLink } from "./cluster-link.ts";
import { faultText } from "./kafka-fault.ts";
import { type KafkaInputConfig } from "./kafka-input-config.ts";
import { LinePosition } from "./line-position.ts";
import { lineBehindExpired, lineOfAnother } from "./next-line.ts";
import { retried } from "./retried.ts";
import { LAGS } from "./strayed.ts";
import { type Found } from "./topic-reader.ts";

/** What ended the line. */
type Ending = Exclude<Found, { readonly kind: "records" | "ended" }>;

/** Where reading stands, and what it takes to go on. */
export interface Ended {
  readonly at: LinePosition;
  readonly context: SourceContext;
  readonly config: KafkaInputConfig;
  readonly link: ClusterLink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

const AFRESH =
  "set 'resume_earliest_if_data_expires' to go on behind them, or clear the pipeline's storage to read what there is afresh";

/** Asks the cluster where that is, until it answers; what is missing in between is told as trouble. */
export async function nextPosition(ending: Ending, ended: Ended): Promise<LinePosition> {
  const { at, context, config, link, clock, random, signal } = ended;
  const { topic, resumesWhereExpired } = config;
  const { line: before, progress } = at;
  if (ending.kind === "cut") {
    const gaps = gapsOf(ending.to, progress.frontier);
    context.trouble(`topic '${topic}' was cut back by an election: ${gaps}; what was read stays`);
    return at.cutTo(ending.to);
  }
  if (ending.kind === "expired") {
    const gaps = gapsOf(ending.to, progress.frontier);
    const fault = `topic '${topic}' has dropped records before they were read: ${gaps}`;
    if (!resumesWhereExpired) return at.gone(`${fault}; ${AFRESH}`);
    context.trouble(fault);
  }
  const failed = (error: unknown): void => context.trouble(faultText(error));
  const line = await retried(
    async () => {
      const layout = await link.layout(topic);
      if (before.former.includes(layout.topicId)) throw new Error(LAGS);
      if (layout.topicId !== before.topicId) {
        return await lineOfAnother(link, topic, { layout, before });
      }
      if (ending.kind === "replaced") throw new Error(LAGS);
      const { frontier } = progress;
      return await lineBehindExpired(link, topic, { layout, before, frontier });
    },
    { clock, random, signal, failed },
  );
  return new LinePosition(context, line);
}

function gapsOf(to: ReadonlyMap<number, bigint>, from: Frontier): string {
  return [...to]
    .map(([partition, now]) => {
      const read = offsetAt(from, String(partition));
      return `partition ${partition} was read to ${read} and is now at ${now}`;
    })
    .join(", ");
}
