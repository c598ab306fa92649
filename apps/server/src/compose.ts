/** Composition: everything is opened here, in order, and closed in the reverse order. */

import { join } from "node:path";

import { duckdbEngines } from "@tidemark/engine-duckdb";
import { openSqliteRegistry } from "@tidemark/registry-sqlite";
import { createService, type Service, SYSTEM_SCHEDULER } from "@tidemark/service";
import { type Logger } from "pino";
import { v7 as uuidv7 } from "uuid";

import { lockDirectory } from "./directory-lock.ts";
import { makeDurableDirectory } from "./durable-file.ts";
import { restListener } from "./faces.ts";
import { finish, httpServer, listen } from "./http-listener.ts";
import { openKeys } from "./keys.ts";
import { logEvent } from "./log.ts";
import { pipelineHost } from "./pipelines.ts";
import { type Config } from "./settings.ts";
import { VERSION } from "./version.ts";

/** How long answers under way may take once everything they wait for has been settled. */
const GRACE_MS = 5000;

/** Ports that were bound. */
export interface Ports {
  readonly http: number;
  readonly grpc: number;
}

/** Opens everything on the stack, and listens last; what was opened is closed by the stack. */
export async function compose(
  config: Config,
  log: Logger,
  stack: AsyncDisposableStack,
): Promise<Ports> {
  const { dataDir } = config;
  await makeDurableDirectory(dataDir);
  stack.use(await lockDirectory(dataDir));
  const sealer = await openKeys(dataDir, config.keysFile);
  const registry = stack.use(await openSqliteRegistry(join(dataDir, "registry.sqlite")));
  const service: Service = await createService({
    ...pipelineHost({ directory: join(dataDir, "pipelines"), engines: duckdbEngines(), log }),
    registry,
    sealer,
    clock: { wallMs: Date.now },
    scheduler: SYSTEM_SCHEDULER,
    newId: () => uuidv7(),
    log: (event) => logEvent(log, event),
    platformVersion: VERSION,
    limits: {
      maxPipelines: config.maxPipelines,
      maxWaiters: config.maxWaiters,
      maxWaitMs: config.maxWaitSeconds * 1000,
      drainMs: config.drainSeconds * 1000,
    },
  });
  const http = httpServer(restListener(service, config, log), config);
  // Closing runs upwards: no new connections, then the service, which settles every waiting call,
  // then the answers that are still on their way.
  stack.defer(() => finish(http, GRACE_MS));
  stack.use(service);
  const httpPort = await listen(http, config.http);
  stack.defer(() => {
    http.close();
  });
  return { http: httpPort, grpc: 0 };
}
