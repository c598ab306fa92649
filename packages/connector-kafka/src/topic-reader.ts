/** Topic readers: one topic's records from known offsets on, from whichever brokers lead its partitions. */

import { type Clock } from "@tidemark/connector";
import { type Broker, ProtocolError } from "@platformatic/kafka";

import { type ClusterLink, type Led, type TopicLayout } from "./cluster-link.ts";
import { type FetchLink } from "./fetch-link.ts";
import { type FetchedPartition } from "./fetched.ts";
import { faultText } from "./kafka-fault.ts";
import { Mailbox, settled } from "./mailbox.ts";
import { pauseAfter } from "./retried.ts";
import { LAGS, type Strayed, strayedFrom } from "./strayed.ts";
import { type Epochs } from "./topic-line.ts";
import { Troubles } from "./troubles.ts";

/** What reading on comes upon. */
export type Found =
  | { readonly kind: "records"; readonly fetched: readonly FetchedPartition[] }
  /** Input ends where the log does, and everything up to there was given. */
  | { readonly kind: "ended" }
  | Strayed;

/** What a reader is made with. */
export interface TopicReaderOptions {
  readonly topic: string;
  readonly topicId: string;
  /** The ids of topics that had the name before: only a broker that lags tells of them. */
  readonly former: readonly string[];
  /** The partitions to be read; all of them, also those to come, where it is absent. */
  readonly only: ReadonlySet<number> | undefined;
  /** Where to read on; a partition that is not named is read from its first record. */
  readonly offsets: ReadonlyMap<number, bigint>;
  readonly epochs: Epochs;
  readonly ends: boolean;
  readonly refreshMs: number;
  readonly link: Pick<ClusterLink, "layout" | "offsets">;
  readonly fetches: Pick<FetchLink, "fetch">;
  readonly clock: Clock;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  readonly trouble: (message: string | undefined) => void;
  readonly signal: AbortSignal;
}

interface Position {
  readonly partition: number;
  next: bigint;
  epoch: number;
  leader: number;
  leaderEpoch: number;
  failures: number;
  restUntilMs: number;
  /** Was read to the end of its log at least once. */
  atEnd: boolean;
}

type Arrival =
  | {
      readonly kind: "fetched";
      readonly leader: number;
      readonly asked: readonly Position[];
      readonly outcome: readonly FetchedPartition[] | Error;
    }
  | { readonly kind: "layout"; readonly outcome: TopicLayout | Error }
  | { readonly kind: "look" }
  | { readonly kind: "rested" };

const OUT_OF_RANGE = 1;

/**
 * Keeps one request under way at every leader. Whatever fails is tried again after a pause, with the
 * topic's layout read afresh, so that elections, new partitions and another topic of the same name
 * are noticed.
 */
export class TopicReader {
  readonly #options: TopicReaderOptions;
  readonly #positions = new Map<number, Position>();
  readonly #arrivals = new Mailbox<Arrival>();
  readonly #busy = new Set<number>();
  readonly #held = new Map<number, bigint>();
  readonly #troubles: Troubles;
  #brokers: ReadonlyMap<number, Broker> = new Map();
  #layoutDueMs = 0;
  #layoutAsked = false;
  #layoutFailures = 0;
  #looks = false;
  /** When the earliest of its naps ends. */
  #wakeMs = Infinity;
  #turn = 0;

  constructor(options: TopicReaderOptions) {
    this.#options = options;
    this.#troubles = new Troubles(options.trouble);
  }

  /** Partitions that can't be read on before a transaction ends, and the offset at which each one stands. */
  get held(): ReadonlyMap<number, bigint> {
    return this.#held;
  }

  /** Reads the topic's layout soon: elsewhere it was seen to be other than it is known here. */
  look(layout: TopicLayout): void {
    const known = [...this.#positions.keys()];
    const { topicId, only } = this.#options;
    const isNew = ({ partition }: Led): boolean =>
      (only?.has(partition) ?? true) && !known.includes(partition);
    if (layout.topicId === topicId && !layout.partitions.some(isNew)) return;
    this.#layoutDueMs = 0;
    // Nothing is taken while reading is paused: once is enough.
    if (!this.#looks) this.#arrivals.put({ kind: "look" });
    this.#looks = true;
  }

  /** What comes next; rejects with the signal's reason. */
  async next(): Promise<Found> {
    const { signal, ends } = this.#options;
    for (;;) {
      const positions = [...this.#positions.values()];
      if (ends && positions.length > 0 && positions.every(({ atEnd }) => atEnd)) {
        return { kind: "ended" };
      }
      this.#ask();
      const arrival = await this.#arrivals.take({ signal });
      const found = await this.#take(arrival);
      if (found === undefined) continue;
      // The next answers are under way while these records are taken up.
      if (found.kind === "records") this.#ask();
      return found;
    }
  }

  #ask(): void {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs >= this.#layoutDueMs) this.#askLayout();
    const due = [...this.#positions.values()].filter(({ restUntilMs }) => restUntilMs <= nowMs);
    for (const [leader, led] of Map.groupBy(due, ({ leader: id }) => id)) {
      if (!this.#busy.has(leader)) this.#fetch(leader, led);
    }
    this.#rest(nowMs);
  }

  #fetch(leader: number, led: readonly Position[]): void {
    const broker = this.#brokers.get(leader);
    if (broker === undefined) {
      const named = led.map(({ partition }) => partition).join(", ");
      this.#fail(led, new Error(`partition ${named} has no leader now`));
      return;
    }
    this.#busy.add(leader);
    this.#turn += 1;
    const first = this.#turn % led.length;
    const asked = [...led.slice(first), ...led.slice(0, first)];
    const wanted = asked.map(({ partition, next, epoch, leaderEpoch }) => ({
      partition,
      from: next,
      epoch,
      leaderEpoch,
    }));
    const { fetches, topicId } = this.#options;
    settled(fetches.fetch(broker, topicId, wanted), (outcome) =>
      this.#arrivals.put({ kind: "fetched", leader, asked, outcome }),
    );
  }

  #askLayout(): void {
    if (this.#layoutAsked) return;
    this.#layoutAsked = true;
    const { link, topic } = this.#options;
    settled(link.layout(topic), (outcome) => this.#arrivals.put({ kind: "layout", outcome }));
  }

  /** Makes sure that there is a next turn when something is due, whatever else is under way. */
  #rest(nowMs: number): void {
    const { clock, signal } = this.#options;
    const due = [...this.#positions.values()].map(({ restUntilMs }) => restUntilMs);
    if (!this.#layoutAsked) due.push(this.#layoutDueMs);
    const nextMs = Math.min(...due.filter((at) => at > nowMs));
    if (nextMs >= this.#wakeMs) return;
    this.#wakeMs = nextMs;
    clock.sleep(nextMs - nowMs, { signal }).then(
      () => this.#arrivals.put({ kind: "rested" }),
      () => undefined,
    );
  }

  async #take(arrival: Arrival): Promise<Found | undefined> {
    if (arrival.kind === "rested") {
      this.#wakeMs = Infinity;
      return undefined;
    }
    if (arrival.kind === "look") {
      this.#looks = false;
      return undefined;
    }
    if (arrival.kind === "layout") {
      this.#layoutAsked = false;
      return this.#takeLayout(arrival.outcome);
    }
    const { leader, asked, outcome } = arrival;
    this.#busy.delete(leader);
    if (!(outcome instanceof Error)) return await this.#takeFetched(outcome);
    this.#fail(asked, outcome);
    return undefined;
  }

  #takeLayout(outcome: TopicLayout | Error): Found | undefined {
    const { clock, random, refreshMs, topicId, former, only } = this.#options;
    if (outcome instanceof Error || former.includes(outcome.topicId)) {
      this.#layoutFailures += 1;
      this.#layoutDueMs = clock.monotonicMs() + pauseAfter(this.#layoutFailures, random);
      const fault = outcome instanceof Error ? faultText(outcome) : LAGS;
      this.#troubles.begin("layout", fault);
      return undefined;
    }
    this.#layoutFailures = 0;
    this.#layoutDueMs = clock.monotonicMs() + refreshMs;
    this.#troubles.end("layout");
    if (outcome.topicId !== topicId) return { kind: "replaced", layout: outcome };
    this.#brokers = outcome.brokers;
    for (const led of outcome.partitions) {
      if (only === undefined || only.has(led.partition)) this.#lead(led);
    }
    return undefined;
  }

  #lead({ partition, leader, leaderEpoch }: Led): void {
    const known = this.#positions.get(partition);
    if (known === undefined) {
      const { offsets, epochs } = this.#options;
      const next = offsets.get(partition) ?? 0n;
      const epoch = epochs.get(partition) ?? -1;
      const fresh = { failures: 0, restUntilMs: 0, atEnd: false };
      this.#positions.set(partition, { partition, next, epoch, leader, leaderEpoch, ...fresh });
    } else if (leaderEpoch >= known.leaderEpoch) {
      known.leader = leader;
      known.leaderEpoch = leaderEpoch;
    }
  }

  async #takeFetched(fetched: readonly FetchedPartition[]): Promise<Found | undefined> {
    const taken: FetchedPartition[] = [];
    const cut = new Map<number, bigint>();
    const outOfRange: Position[] = [];
    for (const one of fetched) {
      const position = this.#positions.get(one.partition);
      // Of a partition that changed its leader, both may have been asked for the same records.
      if (position === undefined || one.from !== position.next) continue;
      taken.push(one);
      if (one.errorCode === OUT_OF_RANGE) outOfRange.push(position);
      else if (one.errorCode !== 0) this.#fail([position], new ProtocolError(one.errorCode));
      else if (one.diverges !== undefined) cut.set(one.partition, one.diverges);
      else this.#advance(position, one);
    }
    if (cut.size > 0) return { kind: "cut", to: cut };
    const strayed = outOfRange.length > 0 ? await this.#strayed(outOfRange) : undefined;
    if (strayed !== undefined) return strayed;
    const moved = taken.filter(({ batches }) => batches.length > 0);
    return moved.length > 0 ? { kind: "records", fetched: moved } : undefined;
  }

  #advance(position: Position, { next, batches, stable, end }: FetchedPartition): void {
    position.next = next;
    position.epoch = batches.at(-1)?.epoch ?? position.epoch;
    position.failures = 0;
    this.#troubles.end(position.partition);
    if (next >= end) position.atEnd = true;
    if (next >= stable && stable < end) this.#held.set(position.partition, stable);
    else this.#held.delete(position.partition);
  }

  async #strayed(positions: readonly Position[]): Promise<Found | undefined> {
    const { link } = this.#options;
    try {
      const strayed = await strayedFrom(link, this.#options, positions);
      if (strayed !== undefined) return strayed;
    } catch (error) {
      this.#fail(positions, error);
      return undefined;
    }
    // The log is too young to know the leadership that was named: the offset alone has to do.
    for (const position of positions) position.epoch = -1;
    this.#fail(positions, new Error("the log does not know its own past"));
    return undefined;
  }

  #fail(positions: readonly Position[], error: unknown): void {
    const { clock, random } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const position of positions) {
      position.failures += 1;
      position.restUntilMs = nowMs + pauseAfter(position.failures, random);
      this.#troubles.begin(position.partition, faultText(error));
    }
    this.#layoutDueMs = Math.min(this.#layoutDueMs, nowMs);
  }
}
