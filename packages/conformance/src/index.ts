export { type AccessSetup, apiAccessSuite } from "./api-access-suite.ts";
export { connectFace } from "./api-connect-face.ts";
export {
  type ApiAddress,
  type ApiError,
  type ApiFace,
  type ApiHeaders,
  type ApiInput,
  type ApiPipeline,
  type ApiPush,
  type ApiTokenStatus,
  type ApiWatched,
  type Outcome,
  valueOf,
} from "./api-face.ts";
export { grpcFace } from "./api-grpc-face.ts";
export { restFace } from "./api-rest-face.ts";
export { apiAgreementSuite, apiSuite, apiWaitersSuite } from "./api-suite.ts";
export { engineSuite } from "./engine-suite.ts";
export { type ObservedPlace, observerSuite } from "./observer-suite.ts";
export { type RegistryStore, registrySuite } from "./registry-suite.ts";
export { type SinkKind, type SinkOpening, type SinkSetup, sinkSuite } from "./sink-suite.ts";
export { pushSourceSuite } from "./source-suite-push.ts";
export { type SourceSetup, take } from "./source-setup.ts";
export { type SourceHarness, sourceSuite } from "./source-suite.ts";
export { type RejectsSetup } from "./source-suite-rejects.ts";
export { type TransactionsSetup, type WrittenTransaction } from "./source-suite-transactions.ts";
