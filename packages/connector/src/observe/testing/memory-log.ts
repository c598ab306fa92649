/** A log in memory with one committed offset: what a source and a consumer group look like to an observer. */

import { type Frontier, frontier, incarnation, offset } from "@tidemark/core";

import { type Observed, type Observer, type ObserverFactory } from "../../observer.ts";
import { ReceiptError } from "../../receipt-error.ts";

/** What a test moves, and what it counts. */
export class MemoryLog {
  end = 0n;
  committed = 0n;
  dropped = 0n;
  life = "one";
  /** What every reading is refused with. */
  fault: Error | undefined;
  /** Set to hold every reading until it is called. */
  hold: Promise<void> | undefined;
  readings = 0;
  readonly wanted: Frontier[] = [];

  /** Observers of this log, under a transport's name. */
  factory(transport: string): ObserverFactory {
    return { transport, validate() {}, open: () => Promise.resolve(this.#observer()) };
  }

  #observer(): Observer {
    return {
      tells: { level: "processed", incarnationFrom: "the test", receipt: "offset" },
      observe: async ({ wanted }): Promise<Observed> => {
        this.readings += 1;
        this.wanted.push(wanted);
        const { committed, dropped, life } = this;
        await this.hold;
        if (this.fault !== undefined) throw this.fault;
        const reasons = [{ code: "consumer-inactive", message: "nobody reads" } as const];
        return {
          incarnation: incarnation(life),
          frontier: at(committed),
          dropped: at(dropped),
          reasons,
        };
      },
      head: () => Promise.resolve({ incarnation: incarnation(this.life), frontier: at(this.end) }),
      receipt: async (text) => {
        const written = BigInt(text);
        if (written >= this.end) throw new ReceiptError("beyond-head", "nothing is there yet");
        return { incarnation: incarnation(this.life), frontier: at(written + 1n) };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

function at(value: bigint): Frontier {
  return frontier([["0", offset(value)]]);
}
