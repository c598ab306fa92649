/** A topic from its creation to its deletion, perhaps several times over, and what was written into it. */

import { type KafkaCluster, type KafkaTransaction } from "@tidemark/systems";

import { asRecord } from "./api.ts";
import { KafkaLog } from "./kafka-log.ts";
import { patiently } from "./patience.ts";

/** A write, as its producer knows it. */
export interface Write {
  readonly id: string;
  readonly life: number;
  readonly partition: number;
  /** As the producer was told; absent where it was told none. */
  readonly offset?: bigint;
  /** What the producer knows of it: aborted and open ones are nobody's to wait for. */
  outcome: "acknowledged" | "uncertain" | "open" | "aborted";
}

/** What the ids of records begin with that have none in their column. */
const BAD = "bad-";

/** What is written for an id. */
function recordOf(id: string): string {
  return JSON.stringify(isBad(id) ? { id: null, was: id } : { id });
}

/** The id that a record was written for. */
export function idOf(value: string): string {
  const { id, was } = asRecord(JSON.parse(value));
  return String(id ?? was);
}

/** True of the ids of records that a reader has to reject. */
export function isBad(id: string): boolean {
  return id.startsWith(BAD);
}

/** Which of some records are bad: none. */
function none(): boolean {
  return false;
}

/** A transaction that has not ended. */
interface Open {
  readonly transaction: KafkaTransaction;
  readonly writes: readonly Write[];
}

/** A record that was deleted. */
export interface Gone {
  readonly id: string;
  readonly offset: bigint;
}

/** The topic of one history, and the programs that write into it. */
export class TopicLife {
  readonly name: string;
  readonly writes: Write[] = [];
  readonly #kafka: KafkaCluster;
  #id = "";
  #life = 0;
  #partitions = 0;
  #written = 0;
  #open: Open[] = [];
  readonly #gone = new Map<number, Gone[]>();

  private constructor(kafka: KafkaCluster, name: string) {
    this.#kafka = kafka;
    this.name = name;
  }

  /** A new topic. */
  static async create(kafka: KafkaCluster, name: string, partitions: number): Promise<TopicLife> {
    const topic = new TopicLife(kafka, name);
    await kafka.operator.createTopic({ name, partitions });
    await topic.#begin(partitions);
    return topic;
  }

  get id(): string {
    return this.#id;
  }

  /** Counts the lives that the name has had. */
  get life(): number {
    return this.#life;
  }

  get partitions(): number {
    return this.#partitions;
  }

  /** How many transactions hang. */
  get hanging(): number {
    return this.#open.length;
  }

  /** What is acknowledged in this life of the topic. */
  acknowledged(): readonly Write[] {
    return this.writes.filter(
      ({ life, outcome }) => life === this.#life && outcome === "acknowledged",
    );
  }

  /** What is acknowledged and not deleted: what a token for all that the topic holds covers. */
  held(): readonly Write[] {
    return this.acknowledged().filter((write) => !this.isGone(write));
  }

  /** True of what was deleted. */
  isGone({ id, life, partition }: Write): boolean {
    return life !== this.#life || this.gone(partition).some((gone) => gone.id === id);
  }

  /** True of what its producer has aborted. */
  isAborted(id: string): boolean {
    return this.writes.some((write) => write.id === id && write.outcome === "aborted");
  }

  /** What was deleted from a partition. */
  gone(partition: number): readonly Gone[] {
    return this.#gone.get(partition) ?? [];
  }

  /** Writes some records, each acknowledged by itself. */
  async write(partition: number, count: number, bad: () => boolean = none): Promise<void> {
    const ids = Array.from({ length: count }, () => this.#nextId(bad()));
    const records = ids.map((id) => ({ value: recordOf(id), partition }));
    try {
      const offsets = await this.#kafka.operator.produce(this.name, records);
      for (const [index, id] of ids.entries()) {
        const offset = offsets[index];
        const at = offset === undefined ? {} : { offset };
        this.writes.push({ id, life: this.#life, partition, ...at, outcome: "acknowledged" });
      }
    } catch {
      this.#keep(ids, partition, "uncertain");
    }
  }

  /** Writes records in a transaction, and ends it as told. */
  async transact(
    partition: number,
    count: number,
    end: "commit" | "abort" | "hang",
    bad: () => boolean = none,
  ): Promise<void> {
    const ids = Array.from({ length: count }, () => this.#nextId(bad()));
    const writes = this.#keep(ids, partition, "open");
    const conclude = (outcome: Write["outcome"]): void => {
      for (const write of writes) write.outcome = outcome;
    };
    const transaction = await this.#kafka.operator.beginTransaction();
    this.#open.push({ transaction, writes });
    const { transactionalId } = transaction;
    try {
      await transaction.send(
        this.name,
        ids.map((id) => ({ value: recordOf(id), partition })),
      );
      if (end === "hang") return await transaction.crash();
      await (end === "commit" ? transaction.commit() : transaction.abort());
      conclude(end === "commit" ? "acknowledged" : "aborted");
    } catch {
      conclude("uncertain");
      await this.#fence(transactionalId);
    }
    this.#open = this.#open.filter((one) => one.transaction !== transaction);
  }

  /** Ends all transactions that hang. */
  async fenceAll(): Promise<void> {
    while (this.#open.length > 0) await this.fenceOne();
  }

  /** Ends a transaction that hangs, as the next run of its producer does. */
  async fenceOne(): Promise<void> {
    const [first, ...others] = this.#open;
    if (first === undefined) return;
    await this.#fence(first.transaction.transactionalId);
    for (const write of first.writes) write.outcome = "aborted";
    this.#open = others;
  }

  /** Adds a partition. */
  async widen(): Promise<void> {
    const { operator } = this.#kafka;
    const count = this.#partitions + 1;
    await patiently(async () => {
      const there = await operator.partitions(this.name);
      if (there.length < count) await operator.setPartitions(this.name, count);
    });
    this.#partitions = count;
  }

  /** Deletes what a partition holds below an offset, as retention does. */
  async deleteBefore(partition: number, offset: bigint): Promise<void> {
    await using log = new KafkaLog(this.#kafka);
    const from = await this.#kafka.operator.start(this.name, partition);
    const place = { topicId: this.#id, partition };
    const gone = this.#gone.get(partition) ?? [];
    for (let at = from; at < offset;) {
      const piece = await log.read(place, at, "read_uncommitted");
      if (piece === undefined || piece.next === at) break;
      gone.push(
        ...piece.records.map((record) => ({ id: idOf(record.value), offset: record.offset })),
      );
      at = piece.next;
    }
    // Before the act: an engine may meet the gap as soon as it is there.
    this.#gone.set(
      partition,
      gone.filter((one) => one.offset < offset),
    );
    await patiently(() => this.#kafka.operator.deleteRecords(this.name, partition, offset));
  }

  /** The ids of all that consumers of what is committed are given now, each as often as it is there. */
  async committed(): Promise<readonly string[]> {
    await using log = new KafkaLog(this.#kafka);
    const ids: string[] = [];
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      const place = { topicId: this.#id, partition };
      for (let at = await this.#kafka.operator.start(this.name, partition); ;) {
        const piece = await log.read(place, at, "read_committed");
        if (piece === undefined || piece.next === at) break;
        ids.push(...piece.records.map(({ value }) => idOf(value)));
        at = piece.next;
      }
    }
    return ids;
  }

  /** Deletes the topic and makes an empty one of its name. */
  async recreate(partitions: number): Promise<void> {
    this.#life += 1;
    this.#open = [];
    this.#gone.clear();
    await this.remove();
    const { operator } = this.#kafka;
    await patiently(async () => {
      const there = await operator.topics();
      if (!there.includes(this.name)) await operator.createTopic({ name: this.name, partitions });
    });
    await this.#begin(partitions);
  }

  /** Deletes it for good. */
  async remove(): Promise<void> {
    const { operator } = this.#kafka;
    await patiently(async () => {
      const there = await operator.topics();
      if (there.includes(this.name)) await operator.deleteTopic(this.name);
    });
  }

  async #begin(partitions: number): Promise<void> {
    this.#partitions = partitions;
    this.#id = (await patiently(() => this.#kafka.operator.topicId(this.name))) ?? "";
  }

  async #fence(transactionalId: string): Promise<void> {
    const next = await this.#kafka.operator.beginTransaction(transactionalId);
    await next.abort().catch(() => next.crash());
  }

  #nextId(bad: boolean): string {
    this.#written += 1;
    return `${bad ? BAD : ""}${this.#life}-${this.#written}`;
  }

  #keep(ids: readonly string[], partition: number, outcome: Write["outcome"]): readonly Write[] {
    const writes = ids.map((id): Write => ({ id, life: this.#life, partition, outcome }));
    this.writes.push(...writes);
    return writes;
  }
}
