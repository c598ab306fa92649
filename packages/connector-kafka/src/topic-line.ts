/** Lines: one life of a topic, as a connector reads it from one origin on. */

import { incarnationOf } from "@tidemark/connector";
import { type Frontier, frontier, type Incarnation } from "@tidemark/core";

/** Whose topic it is, and where reading it began: what lies below that was never asked for. */
export interface TopicLine {
  readonly clusterId: string;
  readonly topicId: string;
  /** The ids of topics that had its name before, which it never has again. */
  readonly former: readonly string[];
  /** How many lines the connector had before. */
  readonly turn: number;
  readonly origin: Frontier;
  /** Why it can't be read on, where it can't. */
  readonly gone?: string;
}

/** The leadership under which the last record before each partition's offset was written. */
export type Epochs = ReadonlyMap<number, number>;

/** The incarnation of what one connector reads. */
export function lineIncarnation(life: string, endpoint: string, line: TopicLine): Incarnation {
  const { clusterId, topicId, turn, origin, gone } = line;
  const parts = ["kafka", endpoint, clusterId, topicId, turn, textOf(origin)];
  return incarnationOf(life, ...parts, ...(gone === undefined ? [] : ["gone"]));
}

/** What a commit keeps of it. */
export function lineState(line: TopicLine, epochs: Epochs): string {
  return JSON.stringify({ ...line, origin: textOf(line.origin), epochs: [...epochs] });
}

/** Reads that; undefined for anything else. */
export function readLineState(
  text: string | undefined,
): { readonly line: TopicLine; readonly epochs: Epochs } | undefined {
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (typeof value !== "object" || value === null) return undefined;
  if (!("clusterId" in value && "topicId" in value && "origin" in value)) return undefined;
  const former = "former" in value && Array.isArray(value.former) ? value.former : [];
  const turn = "turn" in value ? Number(value.turn) : 0;
  const epochs = "epochs" in value && Array.isArray(value.epochs) ? value.epochs : [];
  return {
    line: {
      clusterId: String(value.clusterId),
      topicId: String(value.topicId),
      former: former.map(String),
      turn,
      origin: originOf(String(value.origin)),
      ...("gone" in value ? { gone: String(value.gone) } : {}),
    },
    epochs: new Map(
      epochs.map(([partition, epoch]: number[]) => [Number(partition), Number(epoch)]),
    ),
  };
}

function textOf({ positions }: Frontier): string {
  return positions.map(([partition, at]) => `${partition}:${at}`).join(",");
}

function originOf(text: string): Frontier {
  const parts = text === "" ? [] : text.split(",").map((part) => part.split(":"));
  return frontier(parts.map(([partition = "", at = "0"]) => [partition, BigInt(at)]));
}
