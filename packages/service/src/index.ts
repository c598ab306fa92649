export {
  type Access,
  type AccessOptions,
  DEFAULT_TENANT,
  guardedAccess,
  OPEN_ACCESS,
  type Session,
} from "./access/access.ts";
export { API_KEY_PREFIX, API_KEY_SECRET_LENGTH, digestOf } from "./access/api-key.ts";
export { type ClaimRules, type Membership } from "./access/memberships.ts";
export { type Credentials } from "./access/credentials.ts";
export { tenantIdOf } from "./access/tenant-id.ts";
export { type Role, requireRole, ROLES } from "./access/role.ts";
export { createService } from "./create-service.ts";
export {
  type CombinedDesiredStatus,
  type CombinedStatus,
  type DeploymentStatus,
  deploymentStatus,
} from "./deployment-status.ts";
export { type LogPosition, type LogRequest, type Logs } from "./logs/log-reading.ts";
export { errorsMarkdown } from "./errors-markdown.ts";
export { type GrpcCode, type ReasonEntry } from "./reasons/reason-entry.ts";
export { type Details, isReason, type Reason, REASONS } from "./reasons.ts";
export {
  type Caller,
  type CallOptions,
  type ConnectorAddress,
  type ConnectorUseCases,
  type Ingested,
  type IngestRequest,
  type IssueOptions,
  type KeyUseCases,
  type PipelineFields,
  type PipelineUseCases,
  type QueryRequest,
  type RemainingPart,
  type Service,
  type SeveralStatus,
  type TokenOutcome,
  type Subscribed,
  type SubscribeRequest,
  type TokenStatus,
  type TokenUseCases,
} from "./service.ts";
export { type EngineKind, engineOf } from "./pipelines/engine-kind.ts";
export { ServiceError } from "./service-error.ts";
export {
  ambiguousTenantMembership,
  hostNotAllowed,
  noClusterMonitorEventsAvailable,
  notATenantMember,
  noTenantMemberships,
  originNotAllowed,
  ownerAdminNotMintableAsApiKey,
  roleExceedsCreator,
  unknownApiKey,
  unknownClusterMonitorEvent,
  unknownTenantName,
} from "./errors/access.ts";
export { unknownOutputStream } from "./errors/config.ts";
export { apiConnectionLimit, invalidConnectorAction } from "./errors/interaction.ts";
export {
  bootstrapPolicyImmutableUnlessStopped,
  enterpriseFeature,
  invalidBootstrapConfig,
  unsupportedPipelineAction,
} from "./errors/lifecycle.ts";
export {
  authenticationFailed,
  headersTooLarge,
  initializing,
  issuerUnreachable,
  insufficientPermissions,
  internalError,
  methodNotAllowed,
  payloadTooLarge,
  requestTimeout,
  unknownRoute,
  unsupportedFeature,
} from "./errors/request.ts";
export { deadlineExceeded, invalidParam } from "./errors/token.ts";
export {
  DEFAULT_LIMITS,
  type Deployment,
  type Limits,
  type Scheduler,
  type ServiceEvent,
  type ServiceOptions,
  SYSTEM_SCHEDULER,
} from "./service-options.ts";
export {
  type ApiKeyRecord,
  type Basis,
  type CompletedPosition,
  type ConnectorFault,
  type ErrorEnvelope,
  type InputStatus,
  type OutputColumn,
  type OutputStatus,
  type PipelineDescriptor,
  type PipelineRecord,
  type PipelineTotals,
  type Progress,
  type QueryResult,
  type RecordError,
  type Value,
} from "@tidemark/connector";
export { type JsonObject, type JsonValue, type ProgramError } from "@tidemark/program";
