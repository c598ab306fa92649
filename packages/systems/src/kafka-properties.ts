/** How a broker of the kit is configured: as usual where it matters, and quick where nobody looks. */

const HOST = "127.0.0.1";

/** Who may use the listener that asks for credentials (SASL PLAIN). */
export const KAFKA_CREDENTIALS = { username: "tidemark", password: "for-tests-only" } as const;

/** Who may connect there as well, and do nothing but what `KafkaOperator.allow` allows. */
export const KAFKA_GUEST = { username: "guest", password: "for-guests-only" } as const;

/** Where one broker listens; `proxy` is the port that `proxied` is reached through. */
export interface BrokerPorts {
  readonly direct: number;
  readonly proxied: number;
  readonly proxy: number;
  readonly secured: number;
  readonly controller: number;
}

/** One broker among its peers, all of which are brokers and controllers. */
export interface BrokerPlace {
  readonly id: number;
  readonly ports: BrokerPorts;
  /** The ports of all controllers, by broker id. */
  readonly controllers: ReadonlyMap<number, number>;
  readonly dataFolder: string;
}

/** The text of a broker's configuration file. */
export function brokerProperties(place: BrokerPlace): string {
  const { id, ports, controllers, dataFolder } = place;
  const voters = [...controllers].map(([voter, port]) => `${voter}@${HOST}:${port}`);
  return lines({
    "process.roles": "broker,controller",
    "node.id": id,
    "controller.quorum.voters": voters.join(","),
    listeners: listeners({ ...ports, proxy: undefined }),
    "advertised.listeners": listeners({
      ...ports,
      proxied: ports.proxy,
      proxy: undefined,
      controller: undefined,
    }),
    "listener.security.protocol.map":
      "DIRECT:PLAINTEXT,PROXIED:PLAINTEXT,SECURED:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "DIRECT",
    "controller.listener.names": "CONTROLLER",
    "listener.name.secured.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.secured.plain.sasl.jaas.config": credentials(),
    // Whoever connects without credentials may do everything.
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": `User:ANONYMOUS;User:${KAFKA_CREDENTIALS.username}`,
    "log.dirs": dataFolder,
    ...replication(controllers.size),
    ...QUICK,
    ...SMALL,
  });
}

function replication(brokers: number): Readonly<Record<string, number>> {
  const copies = Math.min(3, brokers);
  const enough = Math.min(2, copies);
  return {
    "default.replication.factor": copies,
    "min.insync.replicas": enough,
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": enough,
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": enough,
  };
}

/** What otherwise takes seconds or minutes to happen. */
const QUICK = {
  "auto.create.topics.enable": "false",
  "group.initial.rebalance.delay.ms": 0,
  "group.min.session.timeout.ms": 500,
  "group.consumer.min.session.timeout.ms": 1000,
  "group.consumer.min.heartbeat.interval.ms": 200,
  // How long a dead broker keeps its partitions, and the place for its own restart.
  "broker.session.timeout.ms": 3000,
  "broker.heartbeat.interval.ms": 300,
  "log.initial.task.delay.ms": 0,
  "log.retention.check.interval.ms": 200,
  "log.segment.delete.delay.ms": 200,
  "log.cleaner.backoff.ms": 200,
  "offsets.retention.check.interval.ms": 500,
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": 200,
} as const;

/** What would only take memory and threads. */
const SMALL = {
  "offsets.topic.num.partitions": 1,
  "transaction.state.log.num.partitions": 1,
  "share.coordinator.state.topic.num.partitions": 1,
  "num.network.threads": 2,
  "num.io.threads": 2,
  "background.threads": 2,
  "log.cleaner.dedupe.buffer.size": 4_194_304,
} as const;

function listeners(ports: Readonly<Record<string, number | undefined>>): string {
  return Object.entries(ports)
    .filter(([, port]) => port !== undefined)
    .map(([name, port]) => `${name.toUpperCase()}://${HOST}:${port}`)
    .join(",");
}

function credentials(): string {
  const users = [KAFKA_CREDENTIALS, KAFKA_GUEST].map(
    ({ username, password }) => `user_${username}="${password}"`,
  );
  return `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(" ")};`;
}

function lines(properties: Readonly<Record<string, string | number>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
