export { abortable } from "./abortable.ts";
export { BodyRejectedError, BodyTooLargeError } from "./body-errors.ts";
export { type Clock, SYSTEM_CLOCK } from "./clock.ts";
export { ConfigError } from "./config-error.ts";
export { durationField, flagField, pathField, wholeField } from "./config-fields.ts";
export {
  type Committed,
  type Compiled,
  type Ended,
  type Engine,
  type EngineFactory,
  type Following,
  QueryError,
  type QueryResult,
  type Recovered,
  type Step,
} from "./engine.ts";
export {
  type Decoded,
  type Decoder,
  type Encoder,
  type InputFormat,
  type OutputFormat,
  type RecordError,
  type RejectSpan,
  type Unfinished,
} from "./format.ts";
export { emptyInput } from "./empty-input.ts";
export { connectorIdOf, incarnationOf } from "./identity.ts";
export { type ApiKeyRecord, type KeyStore } from "./key-store.ts";
export { type Covered, type KeyedBody } from "./keyed-body.ts";
export { type Log, type LogEvent } from "./log.ts";
export { nullOutput } from "./null-output.ts";
export { NextReading } from "./next-reading.ts";
export { declaredObservers } from "./observe/declared-observers.ts";
export { ExternalEngineError } from "./observe/external-engine-error.ts";
export { type ObservedOptions, openObserved } from "./observe/open-observed.ts";
export { DEFAULT_PACING, type PacingLimits } from "./observe/pacing.ts";
export {
  type Observed,
  type ObserveOptions,
  type Observer,
  type ObserverContext,
  type ObserverFactory,
  type ObserverTells,
} from "./observer.ts";
export { PipelineClosedError, PushLimitError } from "./pump/closed-error.ts";
export { declaredInputs, declaredOutputs } from "./pump/declared.ts";
export { KeyReusedError } from "./pump/key-reused-error.ts";
export { mergeChanges } from "./pump/merge-changes.ts";
export { openPipeline } from "./pump/open-pipeline.ts";
export { DEFAULT_LIMITS, type PipelineLimits, type PipelineOptions } from "./pump/options.ts";
export { ReceiptError } from "./receipt-error.ts";
export { rejectedApart } from "./rejected-apart.ts";
export {
  type Bootstrap,
  type ErrorEnvelope,
  type PipelineDescriptor,
  type PipelineRecord,
  type ProgramStatus,
  type Registry,
  type ResourcesStatus,
  type RuntimeStatus,
  type StorageStatus,
} from "./registry.ts";
export {
  type Basis,
  type CompletedPosition,
  type ConnectorFault,
  type EgressChunk,
  type InputStatus,
  type OutputStatus,
  type PipelineTotals,
  type Push,
  type Pushed,
  type RunningPipeline,
  type Subscribe,
  type Subscription,
  SubscriptionError,
  UnknownRelationError,
  UnknownTableError,
} from "./running-pipeline.ts";
export { type Lookup, type Reference, type SecretLookup } from "./secrets/reference.ts";
export {
  type KeptReject,
  type Reject,
  type Rejected,
  type RejectMark,
  type RejectQuery,
  type RejectTotal,
  type StepRejects,
  type TokenRejects,
} from "./reject.ts";
export { RefusedChanges } from "./refused-changes.ts";
export {
  type DurableCell,
  type RefusedRow,
  RefusedRowsError,
  type Sink,
  type SinkContext,
  type SinkFactory,
  type Taken,
} from "./sink.ts";
export {
  type Batch,
  type InputRejects,
  type OwnFormat,
  type Progress,
  type PushContext,
  type PushSource,
  type PushSourceFactory,
  type Source,
  type SourceContext,
  type SourceFactory,
  type SourceTells,
} from "./source.ts";
export { UnreadableError } from "./unreadable-error.ts";
export {
  type Changes,
  hasTruncate,
  type Metadata,
  type Operation,
  type OutputColumn,
  type Row,
  type Value,
  type ViewChange,
} from "./value.ts";
