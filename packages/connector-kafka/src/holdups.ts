/** Hold-ups: who holds a group up, looked into only where something is waited for and missing. */

import { abortable, type Clock, NextReading } from "@tidemark/connector";
import {
  consumerGroupDescribeV0,
  describeGroupsV5,
  describeProducersV0,
  describeTransactionsV0,
  listTransactionsV0,
  ProtocolError,
} from "@platformatic/kafka";

import { ask, type Cluster } from "./cluster.ts";

/** Reasons may be so old: they explain, and decide nothing. */
const FRESH_MS = 500;
/** Nobody waits longer for an explanation than this. */
const PATIENCE_MS = 1000;
const NO_OFFSET = -1n;

/** A consumer group as its coordinator describes it. */
export interface GroupState {
  /** In Kafka's words, such as `Stable` or `Empty`; `Dead` where there is no such group. */
  readonly state: string;
  readonly members: number;
}

/** A transaction that holds back what follows it in a partition. */
export interface OpenTransaction {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Where the cluster tells it. */
  readonly transactionalId: string | undefined;
  /** When it began, or else when it wrote last, in milliseconds since 1970. */
  readonly since: { readonly what: "began" | "wrote last"; readonly wallMs: number };
}

/** A partition, and who leads it. */
export interface HeldPartition {
  readonly topic: string;
  readonly index: number;
  readonly leader: number;
}

interface Kept<Value> {
  readonly atMs: number;
  readonly value: Value;
}

/** Looks into what holds groups up; what it can't find out it leaves out. */
export class Holdups {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #groups: NextReading<string, ReadonlyMap<string, GroupState>>;
  readonly #keptGroups = new Map<string, Kept<GroupState>>();
  readonly #keptTransactions = new Map<string, Kept<OpenTransaction | undefined>>();

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#groups = new NextReading((groups) => this.#describe([...groups]));
  }

  /** The group as it was described within the last half second; undefined where that can't be told. */
  async group(group: string): Promise<GroupState | undefined> {
    const kept = this.#fresh(this.#keptGroups.get(group));
    if (kept !== undefined) return kept.value;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      return (await this.#groups.ask(group, { signal })).get(group);
    } catch {
      return undefined;
    }
  }

  /** The transaction that has been open for longest in a partition; undefined where that can't be told. */
  async transaction(held: HeldPartition): Promise<OpenTransaction | undefined> {
    const key = `${held.topic}/${held.index}`;
    const kept = this.#fresh(this.#keptTransactions.get(key));
    if (kept !== undefined) return kept.value;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const value = await abortable(this.#openTransaction(held), signal).catch(() => undefined);
    this.#keptTransactions.set(key, { atMs: this.#clock.monotonicMs(), value });
    return value;
  }

  #fresh<Value>(kept: Kept<Value> | undefined): Kept<Value> | undefined {
    if (kept === undefined) return undefined;
    return this.#clock.monotonicMs() - kept.atMs < FRESH_MS ? kept : undefined;
  }

  async #describe(groups: readonly string[]): Promise<ReadonlyMap<string, GroupState>> {
    const states = new Map<string, GroupState>();
    const { by } = await this.#cluster.coordinated(groups);
    await Promise.all(
      by.map(({ broker, groups: its }) =>
        this.#cluster.at(broker, async (connection) => {
          const classic = await ask(describeGroupsV5.api, connection, [...its], false);
          for (const { groupId, errorCode, groupState, members } of classic.groups) {
            if (errorCode === 0)
              states.set(groupId, { state: groupState, members: members.length });
          }
          const others = its.filter((group) => (states.get(group)?.state ?? "Dead") === "Dead");
          // Groups of the newer protocol (KIP-848) are described by a request that older brokers lack.
          if (others.length === 0 || !this.#cluster.offers("ConsumerGroupDescribe", 0)) return;
          const described = await ask(consumerGroupDescribeV0.api, connection, others, false);
          for (const { groupId, errorCode, groupState, members } of described.groups) {
            if (errorCode === 0)
              states.set(groupId, { state: groupState, members: members.length });
          }
        }),
      ),
    );
    const atMs = this.#clock.monotonicMs();
    for (const [group, value] of states) this.#keptGroups.set(group, { atMs, value });
    return states;
  }

  async #openTransaction({
    topic,
    index,
    leader,
  }: HeldPartition): Promise<OpenTransaction | undefined> {
    const asked = [{ name: topic, partitionIndexes: [index] }];
    const described = await this.#cluster.of(leader, (connection) =>
      ask(describeProducersV0.api, connection, asked),
    );
    const open = (described.topics[0]?.partitions[0]?.activeProducers ?? [])
      .filter(({ currentTxnStartOffset }) => currentTxnStartOffset !== NO_OFFSET)
      .toSorted((a, b) => (a.currentTxnStartOffset < b.currentTxnStartOffset ? -1 : 1))[0];
    if (open === undefined) return undefined;
    const { producerId, producerEpoch } = open;
    const named = await this.#named(producerId).catch(() => undefined);
    return {
      producerId,
      producerEpoch,
      transactionalId: named?.transactionalId,
      since:
        named === undefined
          ? { what: "wrote last", wallMs: Number(open.lastTimestamp) }
          : { what: "began", wallMs: named.beganMs },
    };
  }

  /** Which transaction a producer has open; each coordinator knows its own. */
  async #named(
    producerId: bigint,
  ): Promise<{ readonly transactionalId: string; readonly beganMs: number } | undefined> {
    const found = await Promise.allSettled(
      this.#cluster.brokers.map((broker) =>
        this.#cluster.at(broker, async (connection) => {
          const listed = await ask(listTransactionsV0.api, connection, [], [producerId], -1n, null);
          const transactionalId = listed.transactionStates[0]?.transactionalId;
          if (transactionalId === undefined) return undefined;
          const { api } = describeTransactionsV0;
          const [state] = (await ask(api, connection, [transactionalId])).transactionStates;
          if (state === undefined || state.errorCode !== 0) {
            throw new ProtocolError(state?.errorCode ?? "UNKNOWN_SERVER_ERROR");
          }
          return { transactionalId, beganMs: Number(state.transactionStartTimeMs) };
        }),
      ),
    );
    return found
      .map((one) => (one.status === "fulfilled" ? one.value : undefined))
      .find((one) => one !== undefined);
  }
}
