/** Opening observers of consumer groups: those of one cluster share its connections and readings. */

import {
  type Clock,
  ConfigError,
  type Observer,
  type ObserverContext,
  type ObserverFactory,
} from "@tidemark/connector";
import { ConnectionPool, listGroupsV5 } from "@platformatic/kafka";

import { ask, Cluster } from "./cluster.ts";
import { invalid, kafkaConnection, type KafkaConnection } from "./connection.ts";
import { groupConfig } from "./group-config.ts";
import { GroupObserver } from "./group-observer.ts";
import { type GroupReading, GroupReadings } from "./group-reading.ts";
import { Holdups } from "./holdups.ts";
import { asConfigError, isElection } from "./kafka-fault.ts";
import { checkVersions } from "./needed-versions.ts";
import { type Isolation, readableFrom } from "./readable.ts";
import { TopicReadings } from "./topic-reading.ts";

/** A reading fails after this long, so that who waits is told. */
const REQUEST_MS = 5000;
const CONNECT_MS = 3000;
const OPENING_MS = 15_000;
const ELECTION_MS = 100;
/** Requests that follow each other on a connection without waiting for answers. */
const PIPELINED = 64;

interface Shared {
  readonly cluster: Cluster;
  readonly topics: TopicReadings;
  readonly groups: GroupReadings;
  readonly holdups: Holdups;
  users: number;
}

/** Observers of consumer groups under a transport's name. */
export function groupObservers(transport: string, clock: Clock): ObserverFactory {
  const clusters = new Map<string, Shared>();
  return {
    transport,
    validate: ({ transport: { config } }) => {
      groupConfig(config);
      kafkaConnection(config);
    },
    open: (context) => open(context, clusters, clock),
  };
}

async function open(
  { connector, endpoint, life }: ObserverContext,
  clusters: Map<string, Shared>,
  clock: Clock,
): Promise<Observer> {
  const given = connector.transport.config;
  const config = groupConfig(given);
  const connection = kafkaConnection(given);
  const key = JSON.stringify(connection);
  const shared = clusters.get(key) ?? connect(connection, clock);
  clusters.set(key, shared);
  shared.users += 1;
  const release = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (clusters.get(key) === shared) clusters.delete(key);
    await shared.cluster[Symbol.asyncDispose]();
  };
  const { cluster, topics, groups, holdups } = shared;
  try {
    const signal = AbortSignal.timeout(OPENING_MS);
    checkVersions(await cluster.offered());
    await refuseShareGroup(cluster, config.group);
    const read = (): Promise<GroupReading> => groups.of(config.topic, config.group, { signal });
    await readOnce(cluster, await settled(read, { clock, signal }), config.isolation);
    return new GroupObserver({
      config,
      endpoint,
      life,
      cluster,
      topics,
      groups,
      holdups,
      release,
    });
  } catch (error) {
    await release();
    const fault = asConfigError(error, {
      topic: config.topic,
      brokers: connection.bootstrapBrokers,
    });
    throw fault instanceof ConfigError ? fault : error;
  }
}

/** Looks into the topic, as is done later to tell records from markers: which may be forbidden. */
async function readOnce(
  cluster: Cluster,
  { topicId, partitions }: GroupReading,
  isolation: Isolation,
): Promise<void> {
  for (const [partition, { leader, end }] of partitions) {
    await cluster.of(leader, (connection) =>
      readableFrom(connection, topicId, [{ partition, from: end }], isolation),
    );
    return;
  }
}

/** What is asked, once the cluster has its leaders and coordinators: a new one elects them when first asked. */
async function settled<Answer>(
  question: () => Promise<Answer>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Answer> {
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (!isElection(error)) throw error;
      await clock.sleep(ELECTION_MS, { signal });
    }
  }
}

/** Members of a share group take single records, in no order: there is no offset that all is below. */
async function refuseShareGroup(cluster: Cluster, group: string): Promise<void> {
  if (!cluster.offers("ListGroups", 5)) return;
  const { by } = await cluster.coordinated([group]);
  for (const { broker } of by) {
    const listed = await cluster.at(broker, (connection) =>
      ask(listGroupsV5.api, connection, [], ["share"]),
    );
    if (!listed.groups.some(({ groupId }) => groupId === group)) continue;
    const what = `names the share group '${group}', whose progress can't be observed yet: name a consumer group`;
    throw invalid("group.id", what);
  }
}

function connect({ bootstrapBrokers, ...secured }: KafkaConnection, clock: Clock): Shared {
  const connections = new ConnectionPool("tidemark-observer", {
    ...secured,
    connectTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    maxInflights: PIPELINED,
  });
  const bootstrap = bootstrapBrokers.map((each) => {
    const colon = each.lastIndexOf(":");
    return { host: each.slice(0, colon), port: Number(each.slice(colon + 1)) };
  });
  const cluster = new Cluster(connections, bootstrap);
  const topics = new TopicReadings(cluster);
  const groups = new GroupReadings(cluster, topics);
  return { cluster, topics, groups, holdups: new Holdups(cluster, clock), users: 0 };
}
