/** The systems that all histories of a run share. */

import { type KafkaCluster, type PostgresServer, TcpProxy } from "@tidemark/systems";

import { Api } from "./api.ts";
import { ServerLife } from "./server-life.ts";

/** Real systems, and ways to them that only our server takes. */
export interface World extends AsyncDisposable {
  readonly kafka: KafkaCluster;
  readonly postgres: PostgresServer;
  /** Stands between our server and PostgreSQL; Kafka's broker has its own. */
  readonly postgresProxy: TcpProxy;
  readonly server: ServerLife;
  readonly api: Api;
}

/** Starts our server beside the running systems. */
export async function openWorld(kafka: KafkaCluster, postgres: PostgresServer): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const postgresProxy = stack.use(await TcpProxy.open(postgres.port));
  const server = stack.use(await ServerLife.begin());
  const opened = stack.move();
  return {
    kafka,
    postgres,
    postgresProxy,
    server,
    api: new Api(server),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
