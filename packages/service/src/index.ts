export { errorsMarkdown } from "./errors-markdown.ts";
export { type GrpcCode, type ReasonEntry } from "./reasons/reason-entry.ts";
export { type Details, type Reason, REASONS } from "./reasons.ts";
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
export {
  ambiguousTenantMembership,
  noClusterMonitorEventsAvailable,
  notATenantMember,
  noTenantMemberships,
  ownerAdminNotMintableAsApiKey,
  roleExceedsCreator,
  unknownApiKey,
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
  insufficientPermissions,
  internalError,
  methodNotAllowed,
  payloadTooLarge,
  unknownRoute,
  unsupportedFeature,
} from "./errors/request.ts";
export { deadlineExceeded, invalidParam } from "./errors/token.ts";
