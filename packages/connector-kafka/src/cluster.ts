/** A cluster as it is asked: its brokers, whoever coordinates a group, and what they answer. */

import {
  type API,
  apiVersionsV3,
  type Connection,
  type ConnectionPool,
  findCoordinatorV4,
  metadataV12,
  NetworkError,
  ProtocolError,
  ResponseError,
  TimeoutError,
} from "@platformatic/kafka";

import { offers, type OfferedApi } from "./needed-versions.ts";

/** Where a broker listens. */
export interface Broker {
  readonly host: string;
  readonly port: number;
}

/** Who leads a partition, and since which election. */
export interface Leadership {
  readonly leader: number;
  readonly leaderEpoch: number;
}

/** A topic as a broker describes it. */
export interface TopicDescription {
  readonly clusterId: string;
  readonly topicId: string;
  readonly partitions: ReadonlyMap<number, Leadership>;
}

/** Who is to be asked about which groups. */
export interface Coordinated {
  readonly by: readonly { readonly broker: Broker; readonly groups: readonly string[] }[];
  /** Groups whose coordinator can't be told. */
  readonly failed: ReadonlyMap<string, Error>;
}

const GROUP_KEY = 0;

/** True for a broker that is not there any more; one that takes requests and answers none may just be slow. */
export function isDisconnection(error: Error): boolean {
  return error instanceof NetworkError && !(error instanceof TimeoutError);
}

/** What is asked over a connection. */
export type Question<Answer> = (connection: Connection) => Promise<Answer>;

/** One request to a broker; error codes inside an answer are for the caller to read. */
export async function ask<Arguments extends unknown[], Answer>(
  api: API<Arguments, Answer>,
  connection: Connection,
  ...given: Arguments
): Promise<Answer> {
  try {
    return await api.async(connection, ...given);
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const answer: Answer = error["response"];
    return answer;
  }
}

/** Reaches the brokers of one cluster. Nothing is remembered but where they are. */
export class Cluster implements AsyncDisposable {
  readonly #connections: ConnectionPool;
  readonly #bootstrap: readonly Broker[];
  readonly #brokers = new Map<number, Broker>();
  readonly #coordinators = new Map<string, Broker>();
  #offered: readonly OfferedApi[] = [];
  readonly #suspects = new Set<string>();

  constructor(connections: ConnectionPool, bootstrap: readonly Broker[]) {
    this.#connections = connections;
    this.#bootstrap = bootstrap;
  }

  /** What its brokers take, as one of them says now; nothing where that one is too old to say. */
  async offered(): Promise<readonly OfferedApi[]> {
    const { api } = apiVersionsV3;
    const answer = await this.any((connection) => ask(api, connection, "tidemark", "0"));
    this.#offered = answer.errorCode === 0 ? answer.apiKeys : [];
    return this.#offered;
  }

  /** True where brokers take a request in a version, by what they said last. */
  offers(name: string, version: number): boolean {
    return offers(this.#offered, name, version);
  }

  /** Asks any broker that takes a connection, those last that did not answer when they were asked last. */
  async any<Answer>(question: Question<Answer>): Promise<Answer> {
    const known = [...this.#bootstrap, ...this.#brokers.values()];
    const all = new Map(known.map((broker) => [addressOf(broker), broker]));
    const failures: unknown[] = [];
    for (const broker of [...all.values()].toSorted(
      (a, b) => this.#suspicion(a) - this.#suspicion(b),
    )) {
      try {
        await this.#connections.get(broker);
      } catch (error) {
        this.#suspects.add(addressOf(broker));
        failures.push(error);
        continue;
      }
      return this.at(broker, question);
    }
    throw new AggregateError(failures, "no broker can be reached");
  }

  /** Asks a broker. */
  async at<Answer>(broker: Broker, question: Question<Answer>): Promise<Answer> {
    try {
      const answer = await question(await this.#connections.get(broker));
      this.#suspects.delete(addressOf(broker));
      return answer;
    } catch (error) {
      this.#suspects.add(addressOf(broker));
      throw error;
    }
  }

  /** Asks a broker by its id; throws where the cluster has none of it now. */
  async of<Answer>(id: number, question: Question<Answer>): Promise<Answer> {
    const broker = this.#brokers.get(id);
    if (broker === undefined) throw new ProtocolError("LEADER_NOT_AVAILABLE");
    return this.at(broker, question);
  }

  /** All brokers that are known. */
  get brokers(): readonly Broker[] {
    return [...this.#brokers.values()];
  }

  /** The topics as the asked broker knows them; one that it can't describe is an error in its place. */
  async describe(
    connection: Connection,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, TopicDescription | Error>> {
    const answer = await ask(metadataV12.api, connection, [...topics], false, false);
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.set(nodeId, { host, port });
    const clusterId = answer.clusterId ?? "";
    return new Map(
      answer.topics.map(({ name, errorCode, topicId, partitions }) => [
        name ?? "",
        errorCode === 0
          ? {
              clusterId,
              topicId,
              partitions: new Map(
                partitions
                  .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
                  .map(({ partitionIndex, leaderId, leaderEpoch }) => [
                    partitionIndex,
                    { leader: leaderId, leaderEpoch },
                  ]),
              ),
            }
          : new ProtocolError(errorCode),
      ]),
    );
  }

  /** The groups by who coordinates them, and why that can't be said of others. */
  async coordinated(groups: readonly string[]): Promise<Coordinated> {
    const unknown = groups.filter((group) => !this.#coordinators.has(group));
    const failed = unknown.length > 0 ? await this.#findCoordinators(unknown) : new Map();
    const by = new Map<string, { broker: Broker; groups: string[] }>();
    for (const group of groups) {
      const broker = this.#coordinators.get(group);
      if (broker === undefined) continue;
      const at = addressOf(broker);
      const entry = by.get(at) ?? { broker, groups: [] };
      entry.groups.push(group);
      by.set(at, entry);
    }
    return { by: [...by.values()], failed };
  }

  /** Has the coordinators of these groups looked for anew. */
  forget(groups: readonly string[]): void {
    for (const group of groups) this.#coordinators.delete(group);
  }

  /** 1 of a broker that did not answer when it was asked last. */
  #suspicion(broker: Broker): number {
    return this.#suspects.has(addressOf(broker)) ? 1 : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }

  async #findCoordinators(groups: readonly string[]): Promise<ReadonlyMap<string, Error>> {
    const failed = new Map<string, Error>();
    const found = await this.any((connection) =>
      ask(findCoordinatorV4.api, connection, GROUP_KEY, [...groups]),
    );
    for (const { key, errorCode, host, port } of found.coordinators) {
      if (errorCode === 0) this.#coordinators.set(key, { host, port });
      else failed.set(key, new ProtocolError(errorCode));
    }
    return failed;
  }
}

function addressOf({ host, port }: Broker): string {
  return `${host}:${port}`;
}
