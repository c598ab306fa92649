/** Watchers: those who are told of every reading of some connectors. */

import { type ConnectorId } from "./claim.ts";

/** Callbacks by connector; one that was stopped is not called, even where it was already due. */
export class Watchers {
  readonly #connectors = new Map<ConnectorId, Set<() => void>>();

  /** Takes in a callback; answers how to stop it. */
  add(connectors: ReadonlySet<ConnectorId>, changed: () => void): () => void {
    let stopped = false;
    const call = (): void => {
      if (!stopped) changed();
    };
    for (const connector of connectors) this.#of(connector).add(call);
    return () => {
      stopped = true;
      for (const connector of connectors) this.#remove(connector, call);
    };
  }

  /** Whom a reading of the connector concerns. */
  of(connector: ConnectorId): Iterable<() => void> {
    return this.#connectors.get(connector) ?? [];
  }

  /** Lets all go; answers them, each once. */
  clear(): ReadonlySet<() => void> {
    const all = new Set([...this.#connectors.values()].flatMap((calls) => [...calls]));
    this.#connectors.clear();
    return all;
  }

  #of(connector: ConnectorId): Set<() => void> {
    let calls = this.#connectors.get(connector);
    if (calls === undefined) this.#connectors.set(connector, (calls = new Set()));
    return calls;
  }

  #remove(connector: ConnectorId, call: () => void): void {
    const calls = this.#connectors.get(connector);
    calls?.delete(call);
    if (calls?.size === 0) this.#connectors.delete(connector);
  }
}
