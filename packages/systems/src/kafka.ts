/** Kafka for tests: a broker to use, or a whole cluster to mistreat. */
import { KafkaCluster, type ClusterOptions } from "./kafka-cluster.ts";
import { findKafka } from "./kafka-installation.ts";
import { KafkaOperator } from "./kafka-operator.ts";
import { addressFrom, type Found } from "./requirement.ts";
import { withSystem } from "./with-system.ts";

/** Somewhere to have topics and groups of one's own. */
export interface Kafka extends AsyncDisposable {
  /** `host:port`, comma-separated. */
  readonly bootstrap: string;
  /** Does to topics and groups what an operator does. */
  readonly operator: KafkaOperator;
}

/**
 * Describes tests that need Kafka and do nothing to its brokers: on the cluster that
 * `TIDEMARK_KAFKA` names (`host:port`), or on a broker of their own.
 */
export function withKafka(body: (kafka: () => Kafka) => void): void {
  withSystem<Kafka>({ name: "Kafka", find: findKafkaAnywhere }, body);
}

/** Describes tests that stop, kill, pause or cut off Kafka brokers, which are always their own. */
export function withKafkaCluster(
  options: ClusterOptions,
  body: (cluster: () => KafkaCluster) => void,
): void {
  const name = `a Kafka cluster of ${options.brokers ?? 1}`;
  withSystem({ name, find: () => findCluster(options) }, body);
}

/** The cluster for `withKafka`, wherever it is. */
export function findKafkaAnywhere(): Found<() => Promise<Kafka>> {
  const bootstrap = addressFrom("TIDEMARK_KAFKA");
  return bootstrap === undefined
    ? findCluster({})
    : { kind: "found", value: () => Promise.resolve(kafkaAt(bootstrap)) };
}

function findCluster(options: ClusterOptions): Found<() => Promise<KafkaCluster>> {
  const installation = findKafka();
  if (installation.kind === "missing") return installation;
  return { kind: "found", value: () => KafkaCluster.create(installation.value, options) };
}

/** Topics are left behind there: their names are nobody else's. */
function kafkaAt(bootstrap: string): Kafka {
  const operator = new KafkaOperator(bootstrap);
  return { bootstrap, operator, [Symbol.asyncDispose]: () => Promise.resolve() };
}
