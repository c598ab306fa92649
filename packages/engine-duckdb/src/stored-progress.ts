/** Stored progress: where a connector stood, as JSON; every offset in it is text, so that none is rounded. */

import { type Progress } from "@tidemark/connector";
import { type Frontier, frontier, incarnation } from "@tidemark/core";

import { list, string } from "./stored-fields.ts";

/** Progress as a value for `JSON.stringify`. */
export function encodeProgress({ incarnation: line, frontier: at, state }: Progress): object {
  return { incarnation: line, frontier: encodeFrontier(at), state };
}

/** Reads progress; throws for anything that `encodeProgress` did not write. */
export function decodeProgress(entry: Readonly<Record<string, unknown>>): Progress {
  const state = entry["state"];
  return {
    incarnation: incarnation(string(entry["incarnation"])),
    frontier: decodeFrontier(string(entry["frontier"])),
    ...(state === undefined ? {} : { state: string(state) }),
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
