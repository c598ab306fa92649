/** A step history: which step first covered a frontier, for the latest steps. */

import { type ConnectorId } from "./claim.ts";
import { equal, type Frontier, lessEqual } from "./frontier.ts";
import { type Incarnation } from "./incarnation.ts";

/** What a step brought a connector to. */
interface Entry {
  readonly frontier: Frontier;
  readonly step: bigint;
}

/** Entries of one incarnation, each frontier above the one before. */
interface Chain {
  readonly incarnation: Incarnation;
  entries: Entry[];
}

/** How many incarnations of a connector are kept: one ends with every run or replaced source. */
const KEPT_INCARNATIONS = 16;

/**
 * Keeps for each connector and incarnation the latest steps that moved it, `capacity` of them, and
 * forgets the oldest; of incarnations it keeps the latest few of each connector.
 */
export class StepHistory {
  readonly #capacity: number;
  /** Of each connector: its incarnations, the latest last. */
  readonly #connectors = new Map<ConnectorId, Chain[]>();

  constructor(capacity = 4096) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`capacity must be a whole number from 1, got ${capacity}`);
    }
    this.#capacity = capacity;
  }

  /**
   * Notes that a step brought a connector to a frontier. Steps come in order. Where a frontier lies
   * behind an earlier one (an external engine was moved back), the earlier one is forgotten.
   */
  record(connector: ConnectorId, incarnation: Incarnation, entry: Entry): void {
    const chain = this.#chain(connector, incarnation);
    let last = chain.entries.at(-1);
    while (last !== undefined && !lessEqual(last.frontier, entry.frontier)) {
      chain.entries.pop();
      last = chain.entries.at(-1);
    }
    if (last !== undefined && equal(last.frontier, entry.frontier)) return;
    chain.entries.push(entry);
    if (chain.entries.length >= 2 * this.#capacity) {
      chain.entries = chain.entries.slice(-this.#capacity);
    }
  }

  /**
   * The first step whose frontier covers this one, as far as is known: the oldest one kept, where that
   * and perhaps earlier ones do. Undefined where none does.
   */
  stepOf(connector: ConnectorId, incarnation: Incarnation, frontier: Frontier): bigint | undefined {
    const { entries, found } = this.#find(connector, incarnation, frontier);
    return entries[found]?.step;
  }

  /** A step before which nothing covered this frontier: the first that did, or 0 where that is forgotten. */
  sinceStep(connector: ConnectorId, incarnation: Incarnation, frontier: Frontier): bigint {
    const { entries, start, found } = this.#find(connector, incarnation, frontier);
    return found > start ? (entries[found - 1]?.step ?? -1n) + 1n : 0n;
  }

  #find(
    connector: ConnectorId,
    incarnation: Incarnation,
    frontier: Frontier,
  ): { readonly entries: readonly Entry[]; readonly start: number; readonly found: number } {
    const chains = this.#connectors.get(connector) ?? [];
    const entries = chains.find((chain) => chain.incarnation === incarnation)?.entries ?? [];
    const start = Math.max(0, entries.length - this.#capacity);
    let low = start;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = entries[middle];
      if (entry !== undefined && lessEqual(frontier, entry.frontier)) high = middle;
      else low = middle + 1;
    }
    return { entries, start, found: low };
  }

  #chain(connector: ConnectorId, incarnation: Incarnation): Chain {
    let chains = this.#connectors.get(connector);
    if (chains === undefined) this.#connectors.set(connector, (chains = []));
    const known = chains.find((chain) => chain.incarnation === incarnation);
    if (known !== undefined) return known;
    const chain: Chain = { incarnation, entries: [] };
    chains.push(chain);
    if (chains.length > KEPT_INCARNATIONS) chains.shift();
    return chain;
  }
}
