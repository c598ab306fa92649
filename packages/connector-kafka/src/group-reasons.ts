/** Group reasons: why a consumer group has not committed what is waited for. */

import { type Frontier, offsetAt, type Partition, type PendingReason } from "@tidemark/core";

import { type GroupConfig } from "./group-config.ts";
import { type GroupReading } from "./group-reading.ts";
import { type GroupState, type Holdups, type OpenTransaction } from "./holdups.ts";
import { type LogPlace } from "./log-place.ts";
import { type LogReading } from "./topic-reading.ts";

const REBALANCING: ReadonlySet<string> = new Set([
  "PreparingRebalance",
  "CompletingRebalance",
  "Assigning",
  "Reconciling",
]);
/** So many partitions are listed by their numbers. */
const LISTED = 10;

/** A partition that is waited for. */
interface Behind {
  readonly name: Partition;
  readonly index: number;
  readonly log: LogReading;
  readonly target: bigint;
}

/** What reasons are made from. */
export interface GroupFacts {
  readonly reading: GroupReading;
  readonly holdups: Holdups;
  /** What partitions that are waited for are called. */
  readonly places: ReadonlyMap<Partition, LogPlace>;
}

/** What holds the group up, most telling first; at least one where something is not reached. */
export async function groupReasons(
  { group, topic }: GroupConfig,
  { reading, holdups, places }: GroupFacts,
  sought: { readonly at: Frontier; readonly wanted: Frontier },
): Promise<readonly PendingReason[]> {
  const behind = behindIn(reading, places, sought);
  if (behind.length === 0) return [];
  const [state, held] = await Promise.all([holdups.group(group), heldUp(behind, topic, holdups)]);
  const reasons = [
    ...groupState(group, topic, state),
    ...held,
    ...(reading.unstable ? [unstable(group)] : []),
    ...neverCommitted(group, topic, behind, reading),
    ...shortLogs(topic, behind),
    ...foreignCommits(group, topic, behind, reading),
  ];
  if (reasons.length > 0) return reasons;
  const message = `consumer group '${group}' is behind in topic '${topic}', partition ${list(behind)}; what it has done shows when it commits, which many engines do only at their checkpoints`;
  return [{ code: "processing", message }];
}

function behindIn(
  { partitions }: GroupReading,
  places: ReadonlyMap<Partition, LogPlace>,
  { at, wanted }: { readonly at: Frontier; readonly wanted: Frontier },
): readonly Behind[] {
  return wanted.positions.flatMap(([name, target]) => {
    const index = places.get(name)?.index;
    const log = index === undefined ? undefined : partitions.get(index);
    const lag = target - offsetAt(at, name);
    return index === undefined || log === undefined || lag <= 0n
      ? []
      : [{ name, index, log, target }];
  });
}

function groupState(
  group: string,
  topic: string,
  state: GroupState | undefined,
): readonly PendingReason[] {
  if (state === undefined) return [];
  if (REBALANCING.has(state.state)) {
    const message = `consumer group '${group}' is handing its partitions out anew (${state.state})`;
    return [{ code: "consumer-rebalancing", message }];
  }
  if (state.members > 0) return [];
  const message =
    state.state === "Dead"
      ? `there is no consumer group '${group}' in the cluster: nobody reads topic '${topic}' for it`
      : `consumer group '${group}' has no members (${state.state}): nobody reads topic '${topic}' for it`;
  return [{ code: "consumer-inactive", message }];
}

/** The last stable offset stands before what is wanted, and before the end of the log. */
async function heldUp(
  behind: readonly Behind[],
  topic: string,
  holdups: Holdups,
): Promise<readonly PendingReason[]> {
  const held = behind.filter(({ log, target }) => log.stable < target && log.stable < log.end);
  const named = await Promise.all(
    held.slice(0, LISTED).map(async ({ index, log }) => {
      const open = await holdups.transaction({ topic, index, leader: log.leader });
      const by = open === undefined ? "" : ` by ${whose(open)}`;
      return `${index} at offset ${log.stable}${by}`;
    }),
  );
  if (named.length === 0) return [];
  const more = held.length > LISTED ? ` and ${held.length - LISTED} more` : "";
  const message = `a transaction is open in topic '${topic}', partition ${named.join(", ")}${more}: what follows can't be read before it ends`;
  return [{ code: "transaction-open", message }];
}

function whose({ producerId, producerEpoch, transactionalId, since }: OpenTransaction): string {
  const named = transactionalId === undefined ? "" : ` '${transactionalId}'`;
  const at = new Date(since.wallMs).toISOString();
  return `producer ${producerId}${named} of epoch ${producerEpoch}, which ${since.what} at ${at}`;
}

function unstable(group: string): PendingReason {
  const message = `consumer group '${group}' commits within a transaction that is still open`;
  return { code: "commit-unstable", message };
}

function neverCommitted(
  group: string,
  topic: string,
  behind: readonly Behind[],
  { commits }: GroupReading,
): readonly PendingReason[] {
  const never = behind.filter(({ index }) => !commits.has(index));
  if (never.length === 0) return [];
  const message = `consumer group '${group}' has never committed anything of topic '${topic}', partition ${list(never)}`;
  return [{ code: "never-committed", message }];
}

function shortLogs(topic: string, behind: readonly Behind[]): readonly PendingReason[] {
  const short = behind.filter(({ log, target }) => log.end < target);
  if (short.length === 0) return [];
  const where = short
    .slice(0, LISTED)
    .map(({ index, log }) => `${index} at ${log.end}`)
    .join(", ");
  const message = `topic '${topic}' ends before what is waited for, partition ${where}: its log was cut back, or the broker that answered lags`;
  return [{ code: "moved-back", message }];
}

function foreignCommits(
  group: string,
  topic: string,
  behind: readonly Behind[],
  { commits }: GroupReading,
): readonly PendingReason[] {
  const foreign = behind.filter(({ index, log }) => (commits.get(index)?.offset ?? 0n) > log.end);
  if (foreign.length === 0) return [];
  const message = `what consumer group '${group}' has committed lies beyond the end of topic '${topic}', partition ${list(foreign)}: it is of a topic of the same name that was there before, or its log was cut back`;
  return [{ code: "moved-back", message }];
}

/** Partitions by their numbers, of many the first. */
function list(behind: readonly Behind[]): string {
  const first = behind.slice(0, LISTED).map(({ index }) => index);
  const more = behind.length > LISTED ? ` and ${behind.length - LISTED} more` : "";
  return first.join(", ") + more;
}
