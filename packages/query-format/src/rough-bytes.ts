/** Rough sizes: about how much memory values take, to bound what is held at a time. */

import { type Value } from "@tidemark/connector";

/** About how many bytes a value or a row takes. */
export function roughBytes(value: Value): number {
  if (typeof value === "string") return 16 + value.length;
  if (value === null || typeof value !== "object") return 16;
  if (value instanceof Uint8Array) return 16 + value.length;
  return value.reduce<number>((sum, item) => sum + roughBytes(item), 16);
}
