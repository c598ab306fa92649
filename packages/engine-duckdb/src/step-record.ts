/** Step records: what a commit keeps of a step besides rows, as one text. */

import { type Progress } from "@tidemark/connector";
import { type ConnectorId, connectorId } from "@tidemark/core";

import { list, object, string } from "./stored-fields.ts";
import { decodeProgress, encodeProgress } from "./stored-progress.ts";

/** What is kept of one step. */
export interface StepRecord {
  readonly step: bigint;
  readonly deliveredStep: bigint;
  readonly progress: ReadonlyMap<ConnectorId, Progress>;
  readonly changedViews: ReadonlySet<string>;
}

/** Writes a record; every number in it is text, so that none is rounded. */
export function encodeStep(record: StepRecord): string {
  return JSON.stringify({
    step: String(record.step),
    delivered: String(record.deliveredStep),
    changed: [...record.changedViews],
    progress: [...record.progress].map(([connector, at]) => ({
      connector,
      ...encodeProgress(at),
    })),
  });
}

/** Reads a record; throws for anything that `encodeStep` did not write. */
export function decodeStep(text: string): StepRecord {
  const record = object(JSON.parse(text));
  return {
    step: BigInt(string(record["step"])),
    deliveredStep: BigInt(string(record["delivered"])),
    changedViews: new Set(list(record["changed"]).map(string)),
    progress: new Map(list(record["progress"]).map((entry) => decodeEntry(object(entry)))),
  };
}

function decodeEntry(entry: Readonly<Record<string, unknown>>): [ConnectorId, Progress] {
  return [connectorId(string(entry["connector"])), decodeProgress(entry)];
}
