export { type Details, type GrpcCode, type Reason, type ReasonEntry, REASONS } from "./reasons.ts";
export {
  type Caller,
  type CallOptions,
  type ConnectorAddress,
  type ConnectorUseCases,
  type Ingested,
  type IngestRequest,
  type PipelineFields,
  type PipelineUseCases,
  type Service,
  type TokenStatus,
  type TokenUseCases,
} from "./service.ts";
export { ServiceError } from "./service-error.ts";
