/** A Kafka cluster of our own: one broker, or as many as a failover needs. */
import { guardedFolder, removeFolder } from "./guard.ts";
import { kafkaId, KafkaBroker, planBroker } from "./kafka-broker.ts";
import { type KafkaInstallation } from "./kafka-installation.ts";
import { KafkaOperator } from "./kafka-operator.ts";
import { type BrokerPorts } from "./kafka-properties.ts";

const HOST = "127.0.0.1";

/** How large a cluster is. */
export interface ClusterOptions {
  readonly brokers?: 1 | 3;
}

/** A cluster with its own data folders and ports; disposal ends it and removes everything. */
export class KafkaCluster implements AsyncDisposable {
  readonly brokers: readonly KafkaBroker[];
  /** Does to topics and groups what an operator does. */
  readonly operator: KafkaOperator;
  readonly #folder: string;

  private constructor(folder: string, brokers: readonly KafkaBroker[]) {
    this.#folder = folder;
    this.brokers = brokers;
    this.operator = new KafkaOperator(this.bootstrap);
  }

  /** A new, empty, running cluster. */
  static async create(
    installation: KafkaInstallation,
    options: ClusterOptions = {},
  ): Promise<KafkaCluster> {
    const cluster = await KafkaCluster.prepare(installation, options);
    await Promise.all(cluster.brokers.map((broker) => broker.start()));
    return cluster;
  }

  /** A new cluster, none of whose brokers runs yet. */
  static async prepare(
    installation: KafkaInstallation,
    { brokers = 1 }: ClusterOptions,
  ): Promise<KafkaCluster> {
    const folder = guardedFolder("kafka");
    const ids = Array.from({ length: brokers }, (_, index) => index + 1);
    const plans = await Promise.all(ids.map(planBroker));
    const cluster = { installation, clusterId: kafkaId(), folder, plans };
    return new KafkaCluster(
      folder,
      plans.map((plan) => new KafkaBroker(plan, cluster)),
    );
  }

  /** `host:port` of every broker, comma-separated, without anything between. */
  get bootstrap(): string {
    return this.#addresses("direct");
  }

  /** The same through each broker's proxy, which clients stay behind: the brokers advertise it. */
  get proxiedBootstrap(): string {
    return this.#addresses("proxy");
  }

  /** The same where clients must present `KAFKA_CREDENTIALS` by SASL PLAIN. */
  get securedBootstrap(): string {
    return this.#addresses("secured");
  }

  /** The broker with an id, such as a partition's leader. */
  broker(id: number): KafkaBroker {
    const found = this.brokers.find((broker) => broker.id === id);
    if (found === undefined) throw new RangeError(`no broker ${id} in this cluster`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.kill()));
    await Promise.all(this.brokers.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
    removeFolder(this.#folder);
  }

  #addresses(listener: keyof BrokerPorts): string {
    return this.brokers.map(({ ports }) => `${HOST}:${ports[listener]}`).join(",");
  }
}
