/** A service over fakes, and ways to follow it without sleeping. */

import { createHmac, createSecretKey } from "node:crypto";

import { ConfigError, type EngineFactory, type PipelineRecord } from "@tidemark/connector";
import { type Sealer } from "@tidemark/core";

import { createService } from "../create-service.ts";
import { type Caller, type Service } from "../service.ts";
import { ServiceError } from "../service-error.ts";
import { type Deployment, type Limits, type ServiceEvent } from "../service-options.ts";
import { FakePipeline } from "./fake-pipeline.ts";
import { ManualScheduler } from "./manual-scheduler.ts";
import { MemoryRegistry } from "./memory-registry.ts";

/** The caller of all tests. */
export const CALLER: Caller = { tenant: "default", role: "admin" };
/** A call that isn't given up. */
export const CALL: { readonly signal: AbortSignal } = { signal: new AbortController().signal };
/** A program with one table that has a named and an unnamed connector. */
export const PROGRAM = `CREATE TABLE t (a INT) WITH ('connectors' = '[
  {"name": "c", "transport": {"name": "file_input", "config": {"path": "x"}}, "format": {"name": "json"}},
  {"transport": {"name": "file_input", "config": {"path": "y"}}, "format": {"name": "json"}}
]');
CREATE VIEW v AS SELECT a FROM t;`;

/** What a test can steer. */
export interface Harness {
  readonly service: Service;
  readonly registry: MemoryRegistry;
  readonly scheduler: ManualScheduler;
  readonly events: ServiceEvent[];
  /** Every deployment, oldest first. */
  readonly pipelines: FakePipeline[];
  /** Pipelines whose storage was cleared. */
  readonly cleared: string[];
  /** What is asked before a deployment is there. */
  beforeDeploy: (deployment: Deployment) => Promise<void>;
  compile: EngineFactory["compile"];
  clear: (id: string) => Promise<void>;
}

let ids = 0;

/** Opens a service over fakes; a registry of an earlier one makes it a restart. */
export async function harness(
  options: { readonly registry?: MemoryRegistry; readonly limits?: Partial<Limits> } = {},
): Promise<Harness> {
  const scheduler = new ManualScheduler();
  const parts: Omit<Harness, "service"> = {
    registry: options.registry ?? new MemoryRegistry(),
    scheduler,
    events: [],
    pipelines: [],
    cleared: [],
    beforeDeploy: async () => {},
    compile: async () => ({ kind: "compiled", views: new Map() }),
    clear: async () => {},
  };
  const service = await createService({
    registry: parts.registry,
    compile: (program) => parts.compile(program),
    deploy: async (deployment) => {
      await parts.beforeDeploy(deployment);
      const pipeline = new FakePipeline(deployment, `life of ${deployment.record.id}`);
      parts.pipelines.push(pipeline);
      return pipeline;
    },
    clear: async (id) => {
      await parts.clear(id);
      parts.cleared.push(id);
    },
    validateConnector: (_relation, connector) => {
      if (connector.transport.name === "kafka_input") {
        throw new ConfigError("transport.name", "unknown transport", "unknown-transport");
      }
    },
    sealer: sealer("a key"),
    clock: { wallMs: () => scheduler.nowMs },
    scheduler,
    newId,
    newSecret: (length) => (ids += 1).toString(36).padStart(length, "k"),
    log: (event) => parts.events.push(event),
    platformVersion: "0.1.0",
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  return Object.assign(parts, { service });
}

/** A sealer with one key. */
export function sealer(secret: string): Sealer {
  const key = createSecretKey(Buffer.from(secret));
  return {
    currentKeyId: 0,
    mac: (keyId, body) =>
      keyId === 0 ? createHmac("sha256", key).update(body).digest().subarray(0, 16) : undefined,
  };
}

/** Resolves with the record once it is as wanted. */
export async function until(
  service: Service,
  name: string,
  wanted: (record: PipelineRecord) => boolean,
): Promise<PipelineRecord> {
  for await (const record of service.pipelines.watch(CALLER, name, CALL)) {
    if (wanted(record)) return record;
  }
  throw new Error(`pipeline ${name} was deleted`);
}

/** Creates a pipeline and waits until it runs; answers what runs. */
export async function started(
  parts: Harness,
  name = "p",
  programCode: string = PROGRAM,
): Promise<FakePipeline> {
  const { service, pipelines } = parts;
  await service.pipelines.create(CALLER, { name, programCode });
  await service.pipelines.start(CALLER, name, { initial: "running", dismissError: true });
  await until(service, name, (record) => record.runtimeStatus === "Running");
  const pipeline = pipelines.at(-1);
  if (pipeline === undefined) throw new Error("nothing was deployed");
  return pipeline;
}

/** The reason that a call is refused with. */
export async function refusal(call: () => unknown): Promise<ServiceError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

function newId(): string {
  ids += 1;
  return `01890000-0000-7000-8000-${ids.toString(16).padStart(12, "0")}`;
}
