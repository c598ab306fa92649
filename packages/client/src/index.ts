export {
  createTidemarkClient,
  type QueryFormat,
  type QueryOptions,
  type QueryPage,
  type TidemarkClient,
} from "./client.ts";
export { type ConnectorCalls, type OutputAddress } from "./connectors.ts";
export { type SubscribeCall, type SubscribeOptions, type SubscriptionEvent } from "./egress.ts";
export { type IngestCall, type Ingested, type IngestOptions, type IngestTarget } from "./ingest.ts";
export { type KeyCalls } from "./keys.ts";
export { type PipelineCalls, type PipelineFields } from "./pipelines.ts";
export { type RecordFault, type RejectedPush, rejectedPush } from "./rejected-push.ts";
export { TidemarkError } from "./tidemark-error.ts";
export {
  type Rejection,
  type RemainingPart,
  type SeveralStatus,
  type TokenOutcome,
  type TokenStatus,
} from "./token-status.ts";
export {
  type CallOptions,
  type ConnectorAddress,
  type IssueOptions,
  type SeveralOptions,
  type TokenCalls,
  type WaitOptions,
} from "./tokens.ts";
export { type ClientOptions } from "./transports.ts";
