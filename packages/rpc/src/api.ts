/** The API: every service, and its implementation for whichever protocol carries it. */

import { type DescService } from "@bufbuild/protobuf";
import {
  CompletionService,
  ConnectorService,
  EgressService,
  IngestService,
  KeyService,
  PipelineService,
  QueryService,
} from "@tidemark/api";

import { type Binder } from "./binder.ts";
import { bindCompletion } from "./completion.ts";
import { bindConnectors } from "./connectors.ts";
import { bindEgress } from "./egress.ts";
import { bindIngest } from "./ingest.ts";
import { bindKeys } from "./keys.ts";
import { bindPipelines } from "./pipelines.ts";
import { bindQueries } from "./queries.ts";
import { type RpcOptions } from "./rpc-options.ts";

/** Every service of the API. */
export const SERVICES: readonly DescService[] = [
  CompletionService,
  ConnectorService,
  EgressService,
  IngestService,
  KeyService,
  PipelineService,
  QueryService,
];

/** Binds every method of every service. */
export function bindApi(
  binder: Binder,
  { service, queryWriters }: Pick<RpcOptions, "service" | "queryWriters">,
): void {
  bindCompletion(binder, service);
  bindConnectors(binder, service);
  bindEgress(binder, service);
  bindIngest(binder, service);
  bindKeys(binder, service);
  bindPipelines(binder, service);
  bindQueries(binder, service, queryWriters);
}
