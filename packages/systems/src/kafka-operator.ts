/** What operators and other people's programs do to a Kafka cluster while we read from it. */
import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  ConfigResourceTypes,
  FindCoordinatorKeyTypes,
  IncrementalAlterConfigOperationTypes,
  ResourcePatternTypes,
  ResourceTypes,
} from "@platformatic/kafka";
import { randomUUID } from "node:crypto";

import { joinGroup, type KafkaMember } from "./kafka-member.ts";
import { joinShareGroup } from "./kafka-share-group.ts";
import { KafkaTransaction, sendRecords, type SentRecord } from "./kafka-producing.ts";

/** What Kafka takes in place of a time. */
const END = -1n;
const START = -2n;

/** How a topic is made; the cluster's own defaults where nothing is said. */
export interface TopicOptions {
  readonly name?: string;
  readonly partitions?: number;
  /** The brokers that hold each partition, the first of them as its leader; where nothing is said, as many as usual. */
  readonly brokers?: readonly number[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** What a group has committed, or is to commit: the next offset to read, by partition. */
export type GroupOffsets = ReadonlyMap<number, bigint>;

/** One thing that a user is allowed. */
export interface Permission {
  readonly operation: "READ" | "DESCRIBE" | "WRITE";
  readonly on: "TOPIC" | "GROUP" | "TRANSACTIONAL_ID";
  readonly name: string;
}

/** Which brokers hold a partition, by their ids. */
export interface PartitionPlaces {
  readonly leader: number;
  /** Grows with every election. */
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
}

/** Acts on a cluster by its address. Every act has happened when its promise resolves. */
export class KafkaOperator {
  /** `host:port`, comma-separated. */
  readonly bootstrap: string;

  constructor(bootstrap: string) {
    this.bootstrap = bootstrap;
  }

  /** Makes a topic, of a name that no other has unless one is given, and answers the name. */
  async createTopic(options: TopicOptions = {}): Promise<string> {
    const { name = `t-${randomUUID()}`, partitions = 1, settings = {}, brokers } = options;
    const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    const placed = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      brokers: [...(brokers ?? [])],
    }));
    const how = brokers === undefined ? { partitions, replicas: -1 } : { assignments: placed };
    await this.#administer((admin) => admin.createTopics({ topics: [name], ...how, configs }));
    // The brokers learn of it a little later than the controller.
    await this.#until(async () => (await this.partitions(name)).length === partitions);
    return name;
  }

  /** Deletes a topic with all it holds. */
  async deleteTopic(name: string): Promise<void> {
    await this.#administer((admin) => admin.deleteTopics({ topics: [name] }));
    await this.#until(async () => !(await this.topics()).includes(name));
  }

  /** Deletes a topic and makes an empty one of the same name. */
  async recreateTopic(name: string, options: Omit<TopicOptions, "name"> = {}): Promise<void> {
    await this.deleteTopic(name);
    await this.createTopic({ ...options, name });
  }

  /** Gives a topic so many partitions in all. */
  async setPartitions(name: string, count: number): Promise<void> {
    await this.#administer((admin) => admin.createPartitions({ topics: [{ name, count }] }));
    await this.#until(async () => (await this.partitions(name)).length === count);
  }

  /** Removes the records of a partition below an offset. */
  async deleteRecords(topic: string, partition: number, before: bigint): Promise<void> {
    const partitions = [{ partition, offset: before }];
    await this.#administer((admin) =>
      admin.deleteRecords({ topics: [{ name: topic, partitions }] }),
    );
  }

  /** Changes settings of a topic, such as `retention.ms`. */
  async alterTopic(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const configs = Object.entries(settings).map(([key, value]) => ({
      name: key,
      value,
      configOperation: IncrementalAlterConfigOperationTypes.SET,
    }));
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configs };
    await this.#administer((admin) => admin.incrementalAlterConfigs({ resources: [resource] }));
  }

  /** Allows a user an operation on a topic, a group or a transactional id; see `KAFKA_GUEST`. */
  async allow(username: string, { operation, on, name }: Permission): Promise<void> {
    const creation = {
      resourceType: ResourceTypes[on],
      resourceName: name,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${username}`,
      host: "*",
      operation: AclOperations[operation],
      permissionType: AclPermissionTypes.ALLOW,
    };
    await this.#administer((admin) => admin.createAcls({ creations: [creation] }));
    // The brokers learn of it a little later than the controller.
    await this.#until(async () => {
      const found = await this.#administer((admin) => admin.describeAcls({ filter: creation }));
      return found.length > 0;
    });
  }

  /** All topics but Kafka's own. */
  topics(): Promise<readonly string[]> {
    return this.#administer((admin) => admin.listTopics({ includeInternals: false }));
  }

  /** A topic's partitions in order, with leader and replicas; empty if there is no such topic. */
  async partitions(topic: string): Promise<readonly PartitionPlaces[]> {
    return this.#administer(async (admin) => {
      const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
      return topics.get(topic)?.partitions ?? [];
    });
  }

  /** What tells a topic from others of the same name, before and after it. */
  async topicId(topic: string): Promise<string | undefined> {
    return this.#administer(async (admin) => {
      const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
      return topics.get(topic)?.id;
    });
  }

  /** The offset that the next record of a partition gets. */
  end(topic: string, partition = 0): Promise<bigint> {
    return this.#offsetAt(END, topic, partition);
  }

  /** The offset of the first record that a partition still holds, or its end if it holds none. */
  start(topic: string, partition = 0): Promise<bigint> {
    return this.#offsetAt(START, topic, partition);
  }

  /** Resolves when retention has removed the records of a partition below an offset. */
  async retained(topic: string, from: bigint, partition = 0): Promise<void> {
    await this.#until(async () => (await this.start(topic, partition)) >= from);
  }

  /** Commits for a group that has no members: an engine's progress, or an operator's reset of it. */
  async commitGroup(groupId: string, topic: string, offsets: GroupOffsets): Promise<void> {
    const partitionOffsets = [...offsets].map(([partition, offset]) => ({ partition, offset }));
    const topics = [{ name: topic, partitionOffsets }];
    await this.#administer((admin) => admin.alterConsumerGroupOffsets({ groupId, topics }));
  }

  /** The id of the broker that keeps a group's commits. */
  async coordinator(groupId: string): Promise<number> {
    const { GROUP } = FindCoordinatorKeyTypes;
    const [found] = await this.#administer((admin) =>
      admin.findCoordinator({ keyType: GROUP, keys: [groupId] }),
    );
    if (found === undefined) throw new Error(`nobody coordinates group ${groupId}`);
    return found.nodeId;
  }

  /** What a group has committed for a topic. */
  async groupOffsets(groupId: string, topic: string): Promise<GroupOffsets> {
    return this.#administer(async (admin) => {
      const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
      const listed = group?.topics.find(({ name }) => name === topic)?.partitions ?? [];
      return new Map(listed.map((each) => [each.partitionIndex, each.committedOffset]));
    });
  }

  /** Has a member join a consumer group, which takes records and commits nothing. */
  joinGroup(groupId: string, topic: string): Promise<KafkaMember> {
    return joinGroup(this.bootstrap, groupId, topic);
  }

  /** Has a member join a share group (KIP-932), which makes it one. */
  joinShareGroup(groupId: string, topic: string): Promise<void> {
    return joinShareGroup(this.bootstrap, groupId, topic);
  }

  /** Deletes a group without members, with all it has committed. */
  async deleteGroup(groupId: string): Promise<void> {
    await this.#administer((admin) => admin.deleteGroups({ groups: [groupId] }));
  }

  /** Writes records, acknowledged by all replicas in sync; answers the offset of each. */
  produce(topic: string, records: readonly SentRecord[]): Promise<readonly bigint[]> {
    return sendRecords(this.bootstrap, topic, records);
  }

  /** Begins a transaction that stays open until it is committed, aborted, or fenced out. */
  beginTransaction(transactionalId: string = randomUUID()): Promise<KafkaTransaction> {
    return KafkaTransaction.begin(this.bootstrap, transactionalId);
  }

  async #offsetAt(timestamp: bigint, topic: string, partition: number): Promise<bigint> {
    const partitions = [{ partitionIndex: partition, timestamp }];
    const topics = [{ name: topic, partitions }];
    const [listed] = await this.#administer((admin) => admin.listOffsets({ topics }));
    const offset = listed?.partitions[0]?.offset;
    if (offset === undefined) throw new Error(`no offset was told for ${topic}/${partition}`);
    return offset;
  }

  /** A connection for each act: brokers come and go between them. */
  async #administer<T>(act: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin({
      clientId: "operator",
      bootstrapBrokers: this.bootstrap.split(","),
      retries: 300,
      retryDelay: 100,
    });
    try {
      return await act(admin);
    } finally {
      await admin.close();
    }
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds().catch(() => false)));
  }
}
