/** Composition: everything is opened here, in order, and closed in the reverse order. */

import { join } from "node:path";

import { DEFAULT_LIMITS } from "@tidemark/connector";
import { duckdbEngines } from "@tidemark/engine-duckdb";
import { openSqliteRegistry } from "@tidemark/registry-sqlite";
import { createService, SYSTEM_SCHEDULER } from "@tidemark/service";
import { type Logger } from "pino";
import { v7 as uuidv7 } from "uuid";

import { openAccess } from "./access.ts";
import { randomSecret } from "./api-key-secret.ts";
import { openDataDirectory } from "./data-directory.ts";
import { openFaces } from "./faces.ts";
import { httpServer } from "./http-listener.ts";
import { openKeys } from "./keys.ts";
import { joinListeners, type Ports } from "./listeners.ts";
import { logEvent } from "./log.ts";
import { pipelineHost } from "./pipelines.ts";
import { secretLookup } from "./secret-lookup.ts";
import { type Config } from "./settings.ts";
import { VERSION } from "./version.ts";

/** How long answers under way may take once everything they wait for has been settled. */
const GRACE_MS = 5000;

/** Opens everything on the stack, and listens last; what was opened is closed by the stack. */
export async function compose(
  config: Config,
  log: Logger,
  stack: AsyncDisposableStack,
): Promise<Ports> {
  const { dataDir } = config;
  stack.use(await openDataDirectory(dataDir));
  const { sealer, created } = await openKeys(dataDir, config.keysFile);
  const registry = stack.use(await openSqliteRegistry(join(dataDir, "registry.sqlite")));
  if (created && (await registry.listAll()).length > 0) {
    log.warn("a new token key was made although there are pipelines: tokens of before are refused");
  }
  const service = await createService({
    ...pipelineHost({
      directory: join(dataDir, "pipelines"),
      engines: duckdbEngines(),
      limits: {
        ...DEFAULT_LIMITS,
        maxPushKeys: config.maxPushKeys,
        maxPushKeyAgeMs: config.pushKeyHours * 3_600_000,
      },
      secrets: secretLookup(process.env, config.secretsDir),
      log,
    }),
    registry,
    sealer,
    clock: { wallMs: Date.now },
    scheduler: SYSTEM_SCHEDULER,
    newId: () => uuidv7(),
    newSecret: randomSecret,
    log: (event) => logEvent(log, event),
    platformVersion: VERSION,
    limits: {
      maxPipelines: config.maxPipelines,
      maxWaiters: config.maxWaiters,
      maxWaitMs: config.maxWaitSeconds * 1000,
      drainMs: config.drainSeconds * 1000,
    },
  });
  const access = await openAccess(config, registry, log);
  const faces = openFaces(service, access, config, log);
  const listeners = joinListeners(httpServer(faces.http, faces.sockets, config), faces);
  // Closing runs upwards: nothing new is taken, then the service ends and with it every call that
  // waits, then the answers go out.
  stack.defer(() => listeners.finish(GRACE_MS));
  stack.use(service);
  stack.defer(() => listeners.refuse());
  return listeners.start(config);
}
