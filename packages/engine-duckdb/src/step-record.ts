/** Step records: what a commit keeps of a step besides rows, as one text. */

import { type Progress } from "@tidemark/connector";
import {
  type ConnectorId,
  connectorId,
  type Frontier,
  frontier,
  incarnation,
} from "@tidemark/core";

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
      incarnation: at.incarnation,
      frontier: encodeFrontier(at.frontier),
      state: at.state,
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
    progress: new Map(list(record["progress"]).map((entry) => decodeProgress(object(entry)))),
  };
}

/** Writes a frontier. */
export function encodeFrontier(at: Frontier): string {
  return JSON.stringify(at.positions.map(([partition, offset]) => [partition, String(offset)]));
}

/** Reads a frontier. */
export function decodeFrontier(text: string): Frontier {
  return frontier(
    list(JSON.parse(text)).map((entry): readonly [string, bigint] => {
      const [partition, offset] = list(entry);
      return [string(partition), BigInt(string(offset))];
    }),
  );
}

function decodeProgress(entry: Readonly<Record<string, unknown>>): [ConnectorId, Progress] {
  const state = entry["state"];
  return [
    connectorId(string(entry["connector"])),
    {
      incarnation: incarnation(string(entry["incarnation"])),
      frontier: decodeFrontier(string(entry["frontier"])),
      ...(state === undefined ? {} : { state: string(state) }),
    },
  ];
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw new TypeError("a stored step can't be read");
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("a stored step can't be read");
  return value;
}

function string(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("a stored step can't be read");
  return value;
}
