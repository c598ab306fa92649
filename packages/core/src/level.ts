/** A level: how far input has come, from taken in to handed to every output. */

/**
 * How far input has come. `received`: taken in by the connector. `processed`: durable in the engine
 * together with its effects. `delivered`: processed, and all resulting changes taken by every output.
 */
export type Level = "received" | "processed" | "delivered";

/** All levels, each implied by those after it. */
export const LEVELS: readonly Level[] = ["received", "processed", "delivered"];

/** True when an observation at `proven` says enough for a claim at `claimed`. */
export function proves(proven: Level, claimed: Level): boolean {
  return LEVELS.indexOf(proven) >= LEVELS.indexOf(claimed);
}
