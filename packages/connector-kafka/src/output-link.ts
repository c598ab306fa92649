/** Output links: connections to whoever leads a topic's first partition or coordinates a producer. */

import { type Clock } from "@tidemark/connector";
import {
  type Broker,
  type Connection,
  ConnectionPool,
  findCoordinatorV4,
  metadataV12,
  ProtocolError,
} from "@platformatic/kafka";

import { type KafkaConnection } from "./connection.ts";
import { isPassing, isUnreachable } from "./output-fault.ts";

const CONNECT_MS = 3000;
const REQUEST_MS = 10_000;
const PAUSE_MS = { first: 2, longest: 250 };

/** Who answers: the leader of partition 0, the coordinator of a group or transaction, or any broker. */
export type Role = "leader" | "group" | "transaction" | "any";

/** What `FindCoordinator` is asked for. */
const KEY_TYPE = { group: 0, transaction: 1 };

/** Reading and writing in the bits of a topic's permitted operations. */
const NEEDED = (1 << 3) | (1 << 4);
const UNTOLD = -2_147_483_648;

/** What a link is about. */
export interface LinkOptions {
  readonly connection: KafkaConnection;
  readonly clientId: string;
  readonly topic: string;
  /** The consumer group, and the transactional id, of the same name. */
  readonly name: string;
  readonly clock: Clock;
}

/** How long requests are tried again. */
export interface Patience {
  /** While the cluster elects, loads or finishes something. */
  readonly passingMs: number;
  /** While no broker can be reached. */
  readonly unreachableMs: number;
  readonly signal: AbortSignal;
}

/** Sends requests to where they belong, again where that has moved. */
export class OutputLink implements AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #pool: ConnectionPool;
  readonly #bootstrap: Broker[];
  readonly #places = new Map<Role, Broker>();

  constructor(options: LinkOptions) {
    this.#options = options;
    const { bootstrapBrokers, ...secured } = options.connection;
    this.#bootstrap = bootstrapBrokers.map(brokerAt);
    this.#pool = new ConnectionPool(options.clientId, {
      ...secured,
      connectTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
    });
  }

  /** What the request answers in the end; only for requests that may be carried out twice. */
  async ask<T>(
    role: Role,
    request: (connection: Connection) => Promise<T>,
    { passingMs, unreachableMs, signal }: Patience,
  ): Promise<T> {
    const { clock } = this.#options;
    const begun = clock.monotonicMs();
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
      signal.throwIfAborted();
      try {
        return await this.once(role, request);
      } catch (error) {
        signal.throwIfAborted();
        const patienceMs = isUnreachable(error) ? unreachableMs : passingMs;
        const isOver = clock.monotonicMs() + pauseMs - begun > patienceMs;
        if (isOver || !isPassing(error)) throw error;
      }
      await clock.sleep(pauseMs, { signal });
    }
  }

  /** The same, tried once. */
  async once<T>(role: Role, request: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await request(await this.#connection(role));
    } catch (error) {
      this.#places.delete(role);
      throw error;
    }
  }

  /** Whether the user may write the topic, and read it, as numbers of steps refer to it. */
  async isPermitted(patience: Patience): Promise<boolean> {
    const { topics } = await this.ask("any", (to) => this.#metadata(to), patience);
    const rights = topics[0]?.topicAuthorizedOperations ?? UNTOLD;
    return rights === UNTOLD || (rights & NEEDED) === NEEDED;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }

  async #connection(role: Role): Promise<Connection> {
    const known = this.#places.get(role);
    if (known !== undefined) return this.#pool.get(known);
    const any = await this.#pool.getFirstAvailable(this.#bootstrap);
    if (role === "any") return any;
    const place = role === "leader" ? await this.#leader(any) : await this.#coordinator(any, role);
    this.#places.set(role, place);
    return this.#pool.get(place);
  }

  async #coordinator(any: Connection, role: "group" | "transaction"): Promise<Broker> {
    const { name } = this.#options;
    const found = await findCoordinatorV4.api.async(any, KEY_TYPE[role], [name]);
    const [coordinator] = found.coordinators;
    if (coordinator === undefined) throw new Error(`no broker coordinates '${name}'`);
    return coordinator;
  }

  async #leader(any: Connection): Promise<Broker> {
    const { topics, brokers } = await this.#metadata(any);
    const first = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === 0);
    const leader = brokers.find(({ nodeId }) => nodeId === first?.leaderId);
    if (leader === undefined) throw new ProtocolError("LEADER_NOT_AVAILABLE");
    return leader;
  }

  #metadata(any: Connection): ReturnType<typeof metadataV12.api.async> {
    return metadataV12.api.async(any, [this.#options.topic], false, true);
  }
}

function brokerAt(address: string): Broker {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
