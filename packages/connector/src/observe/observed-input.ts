/** An observed input: one connector of an external engine, read while someone needs it. */

import {
  type Board,
  type Claim,
  type ConnectorId,
  EMPTY,
  equal,
  join,
  lessEqual,
  type Observation,
  type PendingReason,
} from "@tidemark/core";
import { type ConnectorDeclaration, type Table } from "@tidemark/program";

import { type Clock } from "../clock.ts";
import { type Log } from "../log.ts";
import { NextReading } from "../next-reading.ts";
import { type Observed, type Observer } from "../observer.ts";
import { type InputStatus } from "../running-pipeline.ts";
import { type Progress } from "../source.ts";
import { Demand } from "./demand.ts";
import { Pacing, type PacingLimits } from "./pacing.ts";

/** What an observed input is made of. */
export interface ObservedInputOptions {
  readonly id: ConnectorId;
  readonly table: Table;
  readonly declaration: ConnectorDeclaration;
  readonly endpoint: string;
  readonly observer: Observer;
  readonly board: Board;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pacing: PacingLimits;
  readonly log: Log;
  readonly closed: AbortSignal;
}

const ENDED_UNKNOWN: Observation["ended"] = () => undefined;

/** Reads on request, and again and again while someone waits; publishes every reading. */
export class ObservedInput {
  readonly id: ConnectorId;
  readonly observer: Observer;
  readonly #options: ObservedInputOptions;
  readonly #demand = new Demand();
  readonly #pacing: Pacing;
  readonly #reading: NextReading<Claim | undefined, Observation>;
  #last: Observation | undefined;
  #shown: Progress | undefined;
  #furthest: Progress | undefined;
  #trouble: string | undefined;
  #looping = false;

  constructor(options: ObservedInputOptions) {
    this.#options = options;
    this.id = options.id;
    this.observer = options.observer;
    this.#pacing = new Pacing(options.pacing, options.random);
    this.#reading = new NextReading((claims) => this.#read(claims));
  }

  /**
   * Resolves once the board has a reading that began after the call: one that failed is on the board
   * as well, and is no reason to reject.
   */
  async refresh(claim: Claim, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    try {
      await this.#reading.ask(claim, { signal });
    } catch {
      signal.throwIfAborted();
    }
  }

  /** The first reading; rejects where it fails. */
  async first({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#reading.ask(undefined, { signal });
  }

  /** Has the connector read again and again for this claim, until what is answered is called. */
  attend(claim: Claim): () => void {
    const leave = this.#demand.add(claim);
    void this.#loop();
    return leave;
  }

  /** As the documented stats show it. */
  status(): InputStatus {
    const { table, declaration, endpoint, observer } = this.#options;
    const progress = this.#progress();
    return {
      id: this.id,
      table: table.id,
      name: declaration.name,
      endpoint,
      pushed: false,
      declaration,
      tells: { head: true, incarnationFrom: observer.tells.incarnationFrom },
      level: observer.tells.level,
      paused: false,
      waitingFor: [],
      endOfInput: false,
      fatalError: undefined,
      trouble: this.#trouble,
      refusal: undefined,
      received: progress,
      processed: progress,
      delivered: progress,
      completed: undefined,
      totalRecords: 0,
      totalBytes: 0,
      bufferedRecords: 0,
      bufferedBytes: 0,
      rejected: undefined,
      parseErrorCount: 0,
      transportErrorCount: 0,
      parseErrors: [],
      transportErrors: [],
    };
  }

  #progress(): Progress {
    if (this.#shown !== undefined) return this.#shown;
    throw new TypeError("an observed input is read before it is used");
  }

  async #read(asked: ReadonlySet<Claim | undefined>): Promise<Observation> {
    const { id, observer, clock, closed } = this.#options;
    const atMs = clock.monotonicMs();
    let { wanted } = this.#demand;
    for (const claim of asked) wanted = claim === undefined ? wanted : join(wanted, claim.frontier);
    try {
      const observed = await observer.observe({ wanted, signal: closed });
      const observation = {
        connector: id,
        incarnation: observed.incarnation,
        frontier: observed.frontier,
        ...(observed.dropped === undefined ? {} : { dropped: observed.dropped }),
        ...(observed.expired === undefined ? {} : { expired: observed.expired }),
        ...(observed.cut === undefined ? {} : { cut: observed.cut }),
        level: observer.tells.level,
        atMs,
        ended: observed.ended ?? ENDED_UNKNOWN,
        reasons: this.#reasons(observed),
      };
      this.#trouble = undefined;
      this.#last = observation;
      const { incarnation, frontier, shown = frontier } = observed;
      this.#shown = { incarnation, frontier: shown };
      this.#publish(observation);
      return observation;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  /** Progress that went back is said for as long as it has not come as far again. */
  #reasons({ incarnation, frontier, reasons }: Observed): readonly PendingReason[] {
    const furthest = this.#furthest?.incarnation === incarnation ? this.#furthest.frontier : EMPTY;
    this.#furthest = { incarnation, frontier: join(furthest, frontier) };
    if (lessEqual(furthest, frontier)) return reasons;
    const message = `the committed progress of connector '${this.#options.endpoint}' was moved back: what a token was complete for may be processed again`;
    return [...reasons, { code: "moved-back", message }];
  }

  #failed(error: unknown): void {
    const { id, endpoint, clock, closed, log } = this.#options;
    if (closed.aborted) return;
    const lastReadAtMs = this.#last?.atMs;
    const ago =
      lastReadAtMs === undefined
        ? "never before"
        : `${((clock.monotonicMs() - lastReadAtMs) / 1000).toFixed(1)} s ago`;
    const reason = error instanceof Error ? error.message : String(error);
    this.#trouble = reason;
    log({ level: "warn", message: "an observed connector could not be read", endpoint, error });
    this.#publish({
      connector: id,
      message: `the progress of connector '${endpoint}' can't be read (the last reading succeeded ${ago}): ${reason}`,
      ...(lastReadAtMs === undefined ? {} : { lastReadAtMs }),
    });
  }

  #publish(reading: Parameters<Board["publish"]>[0]): void {
    const { board, log, endpoint } = this.#options;
    try {
      board.publish(reading);
    } catch (error) {
      log({ level: "error", message: "a waiter of a token failed", endpoint, error });
    }
  }

  /** One loop at a time: reads while someone waits. */
  async #loop(): Promise<void> {
    if (this.#looping) return;
    this.#looping = true;
    const { clock, closed } = this.#options;
    try {
      while (!this.#demand.none && !closed.aborted) {
        await clock.sleep(await this.#turn(), { signal: closed });
      }
    } catch (error) {
      if (!closed.aborted) throw error;
    } finally {
      this.#looping = false;
    }
  }

  /** One reading; answers how long to rest after it. */
  async #turn(): Promise<number> {
    const before = this.#last?.frontier ?? EMPTY;
    try {
      const { frontier } = await this.#reading.ask(undefined, { signal: this.#options.closed });
      const nowMs = this.#options.clock.monotonicMs();
      return this.#pacing.afterReading({ moved: !equal(before, frontier), nowMs });
    } catch {
      return this.#pacing.afterFailure();
    }
  }
}
