/** What the service answers with, by name, taken from the signatures of its use cases. */

import {
  type ConnectorUseCases,
  type IngestRequest,
  type PipelineUseCases,
  type Service,
  type SubscribeRequest,
} from "@tidemark/service";

/** A pipeline as the service keeps it. */
export type PipelineRecord = Awaited<ReturnType<PipelineUseCases["get"]>>;

/** An input connector, now. */
export type InputStatus = Awaited<ReturnType<ConnectorUseCases["inputStats"]>>;

/** An output connector, now. */
export type OutputStatus = Awaited<ReturnType<ConnectorUseCases["outputStats"]>>;

/** All connectors of a pipeline with its totals. */
export type PipelineStats = Awaited<ReturnType<ConnectorUseCases["stats"]>>;

/** The rows that a query answers. */
export type QueryResult = Awaited<ReturnType<Service["query"]>>;

/** A chunk of what a subscriber gets. */
export type EgressChunk =
  Awaited<ReturnType<Service["subscribe"]>>["chunks"] extends AsyncIterable<infer Chunk>
    ? Chunk
    : never;

/** How a subscription asks to be served. */
export type EgressSettings = SubscribeRequest["settings"];

/** A JSON value as parsed. */
export type JsonValue = Extract<EgressSettings, { kind: "connector" }>["config"];

/** A JSON object as parsed. */
export type JsonObject = IngestRequest["format"]["config"];
