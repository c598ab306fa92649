/** Observers of replication slots: how far a reader of a database's changes says it has come. */

import {
  ConfigError,
  incarnationOf,
  type Observed,
  type ObserveOptions,
  type Observer,
  type ObserverContext,
  type ObserverFactory,
  type ObserverTells,
  type Progress,
  ReceiptError,
} from "@tidemark/connector";
import { type EndedIncarnation, type Incarnation, type PendingReason } from "@tidemark/core";

import { type Cluster, clusterOf } from "./cluster.ts";
import { FirstSight } from "./first-sight.ts";
import { Generations } from "./generations.ts";
import { formatLsn, lsnAt, walFrontier } from "./lsn.ts";
import { beyondHead, isCommitRecord, receiptOffset } from "./receipt.ts";
import { asConfigError, Session } from "./session.ts";
import { type SlotConfig, slotConfig } from "./slot-config.ts";
import { type SlotReading, SlotReadings } from "./slot-reading.ts";
import { type TimelineEnds, timelineEnds } from "./timelines.ts";

/** A reading that takes longer has failed. */
const READING_MS = 5000;

/** A connection to one database, for all its observers. */
interface Shared {
  readonly session: Session;
  readonly readings: SlotReadings;
  users: number;
}

/** Observers of slots under a transport's name; those of one database share a connection. */
export function slotObservers(transport: string): ObserverFactory {
  const connections = new Map<string, Shared>();
  return {
    transport,
    validate: ({ transport: { config } }) => void slotConfig(config),
    open: (context) => open(context, connections),
  };
}

async function open(
  { connector, endpoint, life, directory }: ObserverContext,
  connections: Map<string, Shared>,
): Promise<Observer> {
  const config = slotConfig(connector.transport.config);
  const { target, slot } = config;
  const key = JSON.stringify([target.uri, target.ssl ?? null]);
  const shared = share(connections, key, config);
  const release = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (connections.get(key) === shared) connections.delete(key);
    await shared.session[Symbol.asyncDispose]();
  };
  try {
    const cluster = await clusterOf(shared.session, target);
    const reading = await shared.readings.of(slot, { signal: AbortSignal.timeout(READING_MS) });
    if (reading.slot === undefined) {
      throw new ConfigError(
        "transport.config.slot",
        `PostgreSQL at ${target.shown} has no replication slot '${slot}'; it is made by the engine that reads from it`,
      );
    }
    const { readings } = shared;
    const generations = await Generations.open(directory);
    const firstSight = new FirstSight(directory);
    await generations.see(reading);
    await firstSight.of(generations.now, reading.slot.confirmed);
    return new SlotObserver({
      config,
      cluster,
      endpoint,
      life,
      readings,
      generations,
      firstSight,
      release,
    });
  } catch (error) {
    await release();
    throw asConfigError(error, target);
  }
}

function share(connections: Map<string, Shared>, key: string, { target }: SlotConfig): Shared {
  let shared = connections.get(key);
  if (shared === undefined) {
    const session = new Session(target, "tidemark observer", { queryMs: READING_MS });
    shared = { session, readings: new SlotReadings(session), users: 0 };
    connections.set(key, shared);
  }
  shared.users += 1;
  return shared;
}

interface SlotObserverParts {
  readonly config: SlotConfig;
  readonly cluster: Cluster;
  readonly endpoint: string;
  readonly life: string;
  readonly readings: SlotReadings;
  readonly generations: Generations;
  readonly firstSight: FirstSight;
  readonly release: () => Promise<void>;
}

class SlotObserver implements Observer {
  readonly tells: ObserverTells;
  readonly #parts: SlotObserverParts;
  #ends: { readonly timeline: number; readonly ends: TimelineEnds } | undefined;

  constructor(parts: SlotObserverParts) {
    this.#parts = parts;
    this.tells = {
      level: parts.config.level,
      incarnationFrom:
        "the cluster's system identifier and timeline, the database and the replication slot",
      receipt: "16/B374D848",
    };
  }

  async observe({ wanted, signal }: ObserveOptions): Promise<Observed> {
    const reading = await this.#read(signal);
    const { timeline, slot } = reading;
    const incarnation = this.#incarnation(timeline);
    const confirmed = slot?.confirmed ?? 0n;
    const target = lsnAt(wanted);
    const { ends } = await this.#history(timeline);
    return {
      incarnation,
      frontier: walFrontier(confirmed),
      ended: (sought) => this.#ended(sought, ends, confirmed),
      reasons: target > confirmed ? reasonsOf(this.#parts.config.slot, reading) : [],
    };
  }

  async head({ signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const { head, timeline } = await this.#read(signal);
    return { incarnation: this.#incarnation(timeline), frontier: walFrontier(head) };
  }

  async receipt(text: string, { signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const target = receiptOffset(text);
    const { head, timeline, slot } = await this.#read(signal);
    if (target > head) throw beyondHead(text);
    const { generations, firstSight, config } = this.#parts;
    const first = slot && (await firstSight.of(generations.now, slot.confirmed));
    if (first !== undefined && target <= first) {
      const message = `LSN ${text} does not lie behind ${formatLsn(first)}, which replication slot '${config.slot}' was confirmed to when it was first seen: whether its reader was given the write is not known`;
      throw new ReceiptError("gone", message);
    }
    // A plain LSN may lie inside a transaction that has ended since.
    const covering = isCommitRecord(text) ? target : head;
    return { incarnation: this.#incarnation(timeline), frontier: walFrontier(covering) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.release();
  }

  async #read(signal: AbortSignal): Promise<SlotReading> {
    const { readings, config, generations, firstSight } = this.#parts;
    const reading = await readings.of(config.slot, { signal });
    await generations.see(reading);
    if (reading.slot !== undefined) {
      await firstSight.of(generations.now, reading.slot.confirmed);
    }
    return reading;
  }

  #incarnation(timeline: number): Incarnation {
    const { life, endpoint, cluster, config } = this.#parts;
    const { systemIdentifier, databaseOid } = cluster;
    const parts = ["slot", endpoint, systemIdentifier, databaseOid, config.slot, timeline];
    return incarnationOf(life, ...parts, this.#parts.generations.now);
  }

  async #history(timeline: number): Promise<{ readonly ends: TimelineEnds }> {
    if (this.#ends?.timeline !== timeline) {
      const ends = await timelineEnds(this.#parts.config.target, timeline);
      this.#ends = { timeline, ends };
    }
    return this.#ends;
  }

  /** What was written before a switch of timelines is on both; what came after, on neither. */
  #ended(sought: Incarnation, ends: TimelineEnds, confirmed: bigint): EndedIncarnation | undefined {
    for (const [timeline, end] of ends) {
      if (this.#incarnation(timeline) !== sought) continue;
      const reached = confirmed < end ? confirmed : end;
      return {
        incarnation: sought,
        finalFrontier: walFrontier(end),
        frontier: walFrontier(reached),
      };
    }
    return undefined;
  }
}

/** Why the slot has not been confirmed further. */
function reasonsOf(name: string, { slot, head }: SlotReading): readonly PendingReason[] {
  if (slot === undefined) {
    return [{ code: "slot-inactive", message: `replication slot '${name}' is gone` }];
  }
  if (slot.lost !== undefined) {
    const message = `replication slot '${name}' is of no use any more: ${slot.lost}`;
    return [{ code: "slot-inactive", message }];
  }
  if (!slot.active) {
    const message = `nobody reads from replication slot '${name}'`;
    return [{ code: "slot-inactive", message }];
  }
  if (slot.sent !== undefined && slot.sent >= head) {
    const message = `the reader of replication slot '${name}' was sent everything and does not confirm it: it may answer keep-alives without a position, or still be working`;
    return [{ code: "slot-idle", message }];
  }
  return [
    { code: "processing", message: `the reader of replication slot '${name}' is behind the log` },
  ];
}
