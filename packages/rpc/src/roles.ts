/** Roles: the least one that may call each method of the API. */

import { type DescMethod, type DescService } from "@bufbuild/protobuf";
import {
  CompletionService,
  ConnectorService,
  EgressService,
  IngestService,
  KeyService,
  PipelineService,
  QueryService,
} from "@tidemark/api";
import { type Role } from "@tidemark/service";

/** A role for each method of a service, so that a method without one does not compile. */
type Roles<Service extends DescService> = Readonly<Record<keyof Service["method"], Role>>;

const COMPLETION: Roles<typeof CompletionService> = {
  generateToken: "write",
  checkToken: "read",
  waitToken: "read",
  checkTokens: "read",
  watchToken: "read",
  joinTokens: "read",
};

const CONNECTORS: Roles<typeof ConnectorService> = {
  startConnector: "write",
  pauseConnector: "write",
  startOutputConnector: "write",
  pauseOutputConnector: "write",
  getInputConnector: "read",
  getOutputConnector: "read",
  listConnectors: "read",
};

const EGRESS: Roles<typeof EgressService> = { subscribe: "write" };

const INGEST: Roles<typeof IngestService> = { ingest: "write", ingestOnce: "write" };

const KEYS: Roles<typeof KeyService> = {
  createKey: "write",
  listKeys: "write",
  getKey: "write",
  deleteKey: "write",
};

const PIPELINES: Roles<typeof PipelineService> = {
  listPipelines: "read",
  getPipeline: "read",
  watchPipeline: "read",
  createPipeline: "write",
  replacePipeline: "write",
  updatePipeline: "write",
  deletePipeline: "write",
  startPipeline: "write",
  stopPipeline: "write",
  pausePipeline: "write",
  resumePipeline: "write",
  clearPipeline: "write",
  dismissPipelineError: "write",
};

const QUERIES: Roles<typeof QueryService> = { query: "write", queryOnce: "write" };

const BY_SERVICE: ReadonlyMap<DescService, Readonly<Record<string, Role>>> = new Map<
  DescService,
  Readonly<Record<string, Role>>
>([
  [CompletionService, COMPLETION],
  [ConnectorService, CONNECTORS],
  [EgressService, EGRESS],
  [IngestService, INGEST],
  [KeyService, KEYS],
  [PipelineService, PIPELINES],
  [QueryService, QUERIES],
]);

/** The least role that may call a method; throws for one of no service here. */
export function roleOf(method: DescMethod): Role {
  const role = BY_SERVICE.get(method.parent)?.[method.localName];
  if (role === undefined) throw new TypeError(`${method.name} has no role`);
  return role;
}
