/** Group reasons: why a consumer group has not committed what is waited for. */

import { type Frontier, offsetAt, type PendingReason } from "@tidemark/core";

import { type GroupConfig } from "./group-config.ts";
import { type GroupReading, type PartitionReading } from "./group-reading.ts";

const REBALANCING: ReadonlySet<string> = new Set([
  "PreparingRebalance",
  "CompletingRebalance",
  "Assigning",
  "Reconciling",
  "PREPARING_REBALANCE",
  "COMPLETING_REBALANCE",
]);

/** What holds the group up, most telling first; at least one where something is not reached. */
export function groupReasons(
  { group, topic }: GroupConfig,
  reading: GroupReading,
  { at, wanted }: { readonly at: Frontier; readonly wanted: Frontier },
): readonly PendingReason[] {
  const behind = [...reading.partitions].filter(
    ([index]) => offsetAt(wanted, String(index)) > offsetAt(at, String(index)),
  );
  if (behind.length === 0) return [];
  const reasons: PendingReason[] = [];
  if (reading.members === 0) {
    reasons.push({
      code: "consumer-inactive",
      message: `consumer group '${group}' has no members (${reading.state}): nobody reads topic '${topic}' for it`,
    });
  } else if (REBALANCING.has(reading.state)) {
    reasons.push({
      code: "consumer-rebalancing",
      message: `consumer group '${group}' is handing its partitions out anew (${reading.state})`,
    });
  }
  const open = behind.filter(([index, partition]) =>
    isHeld(partition, offsetAt(wanted, String(index))),
  );
  if (open.length > 0) {
    const where = open.map(([index, { stable }]) => `${index} at offset ${stable}`).join(", ");
    reasons.push({
      code: "transaction-open",
      message: `a transaction is open in topic '${topic}', partition ${where}: what follows can't be read before it ends`,
    });
  }
  if (reading.unstable) {
    const message = `consumer group '${group}' commits within a transaction that is still open`;
    reasons.push({ code: "commit-unstable", message });
  }
  const never = behind.filter(([, { committed }]) => committed === undefined);
  if (never.length > 0) {
    const where = never.map(([index]) => index).join(", ");
    reasons.push({
      code: "never-committed",
      message: `consumer group '${group}' has never committed anything of topic '${topic}', partition ${where}`,
    });
  }
  const short = behind.filter(([index, { end }]) => end < offsetAt(wanted, String(index)));
  if (short.length > 0) {
    const where = short.map(([index, { end }]) => `${index} at ${end}`).join(", ");
    reasons.push({
      code: "moved-back",
      message: `topic '${topic}' ends before what is waited for, partition ${where}: its log was cut back, or the broker that answered lags`,
    });
  }
  if (reasons.length > 0) return reasons;
  const lag = behind.reduce(
    (sum, [index]) => sum + offsetAt(wanted, String(index)) - offsetAt(at, String(index)),
    0n,
  );
  const message = `consumer group '${group}' is ${lag} offsets behind in topic '${topic}'`;
  return [{ code: "processing", message }];
}

/** The last stable offset stands before what is wanted, and before the end of the log. */
function isHeld({ stable, end }: PartitionReading, target: bigint): boolean {
  return stable < target && stable < end;
}
