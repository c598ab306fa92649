/** Start order: connectors that start after others, by labels. */

import { ConfigError } from "../config-error.ts";
import { type Input } from "./input.ts";

type Declared = Pick<Input, "endpoint" | "declaration">;

/** Throws a `ConfigError` for an empty list, a label that no connector carries, or a cycle. */
export function checkStartOrder(inputs: readonly Declared[]): void {
  for (const { endpoint, declaration } of inputs) {
    const given = declaration?.declared["start_after"];
    if (Array.isArray(given) && given.length === 0) {
      const message = `connector '${endpoint}': 'start_after' is an empty list; name a label, or leave it out`;
      throw new ConfigError("start_after", message, "empty-start-after", { endpoint });
    }
    for (const label of declaration?.startAfter ?? []) {
      if (carriers(inputs, label).length > 0) continue;
      const message = `connector '${endpoint}': no connector carries the label '${label}' that 'start_after' names`;
      throw new ConfigError("start_after", message, "invalid", { endpoint });
    }
  }
  for (const input of inputs) checkCycle(inputs, [input]);
}

/** The labels of which some connector still has input to give. */
export function unfinishedLabels(
  inputs: readonly Input[],
  labels: readonly string[],
): readonly string[] {
  return labels.filter((label) => carriers(inputs, label).some((input) => !input.finished));
}

function carriers<T extends Declared>(inputs: readonly T[], label: string): readonly T[] {
  return inputs.filter(({ declaration }) => declaration?.labels.includes(label));
}

function checkCycle(inputs: readonly Declared[], path: readonly Declared[]): void {
  const last = path.at(-1);
  for (const label of last?.declaration?.startAfter ?? []) {
    for (const next of carriers(inputs, label)) {
      const first = path[0];
      if (next === first) {
        const names = [...path, next].map(({ endpoint }) => `'${endpoint}'`).join(" after ");
        const message = `connectors wait for each other: ${names}`;
        throw new ConfigError("start_after", message, "cyclic-dependency", {
          endpoint: next.endpoint,
        });
      }
      if (!path.includes(next)) checkCycle(inputs, [...path, next]);
    }
  }
}
