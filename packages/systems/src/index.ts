/** Real systems for tests, and what can go wrong with them. */
export { OIDC_AUDIENCE, type OidcIssuer, startOidcIssuer } from "./oidc-issuer.ts";
export { type Database, type OwnDatabase, type Row } from "./postgres-database.ts";
export {
  createDatabase,
  createSlot,
  databaseAt,
  dropSlot,
  recreateSlot,
} from "./postgres-database.ts";
export { PostgresServer, type StandbyOptions } from "./postgres-server.ts";
export { findDatabase, withPostgres, withPostgresServer } from "./postgres.ts";
export { KafkaBroker } from "./kafka-broker.ts";
export { KafkaCluster, type ClusterOptions } from "./kafka-cluster.ts";
export { KafkaOperator, type GroupOffsets, type TopicOptions } from "./kafka-operator.ts";
export { KafkaTransaction, type SentRecord } from "./kafka-producing.ts";
export { readCommitted, type ReadRecord } from "./kafka-reading.ts";
export { KAFKA_CREDENTIALS, KAFKA_GUEST } from "./kafka-properties.ts";
export { findKafkaAnywhere, type Kafka, withKafka, withKafkaCluster } from "./kafka.ts";
export { TcpProxy } from "./tcp-proxy.ts";
