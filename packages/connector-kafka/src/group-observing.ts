/** Opening observers of consumer groups: those of one cluster share its connections and readings. */

import {
  ConfigError,
  type Observer,
  type ObserverContext,
  type ObserverFactory,
} from "@tidemark/connector";
import { Admin, ConnectionPool } from "@platformatic/kafka";

import { kafkaConnection } from "./connection.ts";
import { groupConfig } from "./group-config.ts";
import { GroupObserver } from "./group-observer.ts";
import { GroupReadings } from "./group-reading.ts";
import { asConfigError } from "./kafka-fault.ts";

/** A reading fails after this long, so that who waits is told. */
const REQUEST_MS = 5000;
const CONNECT_MS = 3000;
const OPENING_MS = 15_000;

interface Shared {
  readonly readings: GroupReadings;
  readonly connections: ConnectionPool;
  users: number;
}

/** Observers of consumer groups under a transport's name. */
export function groupObservers(transport: string): ObserverFactory {
  const clusters = new Map<string, Shared>();
  return {
    transport,
    validate: ({ transport: { config } }) => {
      groupConfig(config);
      kafkaConnection(config);
    },
    open: (context) => open(context, clusters),
  };
}

async function open(
  { connector, endpoint, life }: ObserverContext,
  clusters: Map<string, Shared>,
): Promise<Observer> {
  const given = connector.transport.config;
  const config = groupConfig(given);
  const connection = kafkaConnection(given);
  const key = JSON.stringify(connection);
  const shared = clusters.get(key) ?? connect(connection);
  clusters.set(key, shared);
  shared.users += 1;
  const release = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (clusters.get(key) === shared) clusters.delete(key);
    await shared.readings[Symbol.asyncDispose]();
    await shared.connections.close();
  };
  const { readings, connections } = shared;
  try {
    const signal = AbortSignal.timeout(OPENING_MS);
    await readings.of(config.topic, config.group, { signal });
    return new GroupObserver({ config, endpoint, life, readings, connections, release });
  } catch (error) {
    await release();
    const fault = asConfigError(error, {
      topic: config.topic,
      brokers: connection.bootstrapBrokers,
    });
    throw fault instanceof ConfigError ? fault : error;
  }
}

function connect({ bootstrapBrokers, ...secured }: ReturnType<typeof kafkaConnection>): Shared {
  const options = { ...secured, connectTimeout: CONNECT_MS, requestTimeout: REQUEST_MS };
  const admin = new Admin({
    ...options,
    clientId: "tidemark-observer",
    bootstrapBrokers,
    // Trying again is the reader's business, which knows who still waits.
    retries: 1,
    retryDelay: 100,
    timeout: REQUEST_MS,
    autocreateTopics: false,
  });
  const connections = new ConnectionPool("tidemark-observer", options);
  return { readings: new GroupReadings(admin), connections, users: 0 };
}
