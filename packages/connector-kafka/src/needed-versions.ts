/** Needed versions: what a cluster's brokers must offer for groups to be observed. */

import { invalid } from "./connection.ts";

/** A request that brokers take, and in which versions. */
export interface OfferedApi {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** Requests by their names, with the version that each is made in. */
const NEEDED: ReadonlyMap<string, number> = new Map([
  ["Metadata", 12],
  ["FindCoordinator", 4],
  ["OffsetFetch", 8],
  ["ListOffsets", 6],
  ["OffsetForLeaderEpoch", 4],
  ["Fetch", 13],
  ["DescribeGroups", 5],
]);

/** Throws the `ConfigError` of a cluster whose brokers are too old. */
export function checkVersions(offered: readonly OfferedApi[]): void {
  for (const [name, version] of NEEDED) {
    if (offers(offered, name, version)) continue;
    throw invalid(
      "bootstrap.servers",
      `leads to brokers that don't offer version ${version} of '${name}': Kafka 3.1 or later is needed`,
    );
  }
}

/** True where brokers take a request in a version. */
export function offers(offered: readonly OfferedApi[], name: string, version: number): boolean {
  return offered.some(
    (each) => each.name === name && each.minVersion <= version && version <= each.maxVersion,
  );
}
