/** The connectors and formats that this server has: the one place that knows all their names. */

import {
  ConfigError,
  declaredInputs,
  declaredObservers,
  declaredOutputs,
  emptyInput,
  nullOutput,
  type ObserverFactory,
  type OutputColumn,
  type PipelineOptions,
  type SinkFactory,
  type SourceFactory,
  SYSTEM_CLOCK,
} from "@tidemark/connector";
import { datagen } from "@tidemark/connector-datagen";
import { fileInput, fileOutput } from "@tidemark/connector-file";
import { httpPush } from "@tidemark/connector-http";
import { groupObservers, kafkaInput, kafkaOutput } from "@tidemark/connector-kafka";
import {
  postgresCdcInput,
  postgresInput,
  postgresOutput,
  slotObservers,
} from "@tidemark/connector-postgres";
import { inputFormats, outputFormats } from "@tidemark/format";
import { type ConnectorDeclaration, type Table, type View } from "@tidemark/program";
import { type EngineKind } from "@tidemark/service";

/** What pipelines are opened with. */
export type Connectors = Pick<
  PipelineOptions,
  "sources" | "sinks" | "inputFormats" | "outputFormats" | "pushSource"
>;

const SOURCES: readonly SourceFactory[] = [
  fileInput(),
  datagen(SYSTEM_CLOCK),
  emptyInput,
  kafkaInput(SYSTEM_CLOCK, Math.random),
  postgresCdcInput(SYSTEM_CLOCK),
  postgresInput(SYSTEM_CLOCK),
];
const OBSERVERS: readonly ObserverFactory[] = [
  groupObservers("kafka_input", SYSTEM_CLOCK),
  slotObservers("postgres_cdc_input"),
];
const SINKS: readonly SinkFactory[] = [
  fileOutput,
  kafkaOutput(SYSTEM_CLOCK),
  nullOutput,
  postgresOutput,
];

/** All connectors and formats. */
export const CONNECTORS: Connectors = {
  sources: new Map(SOURCES.map((source) => [source.transport, source])),
  sinks: new Map(SINKS.map((sink) => [sink.transport, sink])),
  inputFormats,
  outputFormats,
  pushSource: httpPush,
};

/** What observes the connectors of external engines. */
export const OBSERVED: ReadonlyMap<string, ObserverFactory> = new Map(
  OBSERVERS.map((observer) => [observer.transport, observer]),
);

/** Throws `ConfigError` for a connector that can't be opened as it is declared. */
export function validateConnector(
  relation: Table | View,
  connector: ConnectorDeclaration,
  engine: EngineKind,
  columns?: readonly OutputColumn[],
): void {
  const alone = { ...relation, connectors: [connector] };
  try {
    if (engine === "external") validateObserved(alone);
    else if (alone.kind === "table") declaredInputs({ tables: [alone], views: [] }, CONNECTORS);
    else {
      const checks = columns === undefined ? CONNECTORS : { ...CONNECTORS, columns };
      declaredOutputs({ tables: [], views: [alone] }, checks);
    }
  } catch (error) {
    // The caller names the connector itself.
    throw error instanceof ConfigError && error.cause instanceof ConfigError ? error.cause : error;
  }
}

/** The outputs of an external engine are its own business. */
function validateObserved(relation: Table | View): void {
  if (relation.kind === "table") declaredObservers({ tables: [relation], views: [] }, OBSERVED);
}
