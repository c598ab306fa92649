/** Writing to Kafka as other people's programs do, and dying while at it. */
import { Consumer, Producer } from "@platformatic/kafka";

/** Longer than any test; an open transaction ends by what a test does, not by its age. */
const TRANSACTION_LIMIT_MS = 600_000;

/** One record to write; without a partition the first one gets it. */
export interface SentRecord {
  readonly value: string;
  readonly key?: string;
  readonly partition?: number;
  readonly timestamp?: bigint;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes records one by one, acknowledged by all replicas in sync, and answers each one's offset. */
export async function sendRecords(
  bootstrap: string,
  topic: string,
  records: readonly SentRecord[],
): Promise<readonly bigint[]> {
  const producer = new Producer(connection(bootstrap));
  try {
    const { offsets = [] } = await producer.send({
      messages: toMessages(topic, records),
      acks: -1,
    });
    return spread(records, new Map(offsets.map(({ partition, offset }) => [partition, offset])));
  } finally {
    await producer.close();
  }
}

/** A producer's transaction, in its own connection. */
export class KafkaTransaction {
  /** Whoever begins another with the same id fences this one out. */
  readonly transactionalId: string;
  readonly #producer: Producer;
  readonly #transaction: Transaction;
  readonly #connection: ReturnType<typeof connection>;

  private constructor(
    transactionalId: string,
    { producer, open, at }: { producer: Producer; open: Transaction; at: string },
  ) {
    this.transactionalId = transactionalId;
    this.#connection = connection(at);
    this.#producer = producer;
    this.#transaction = open;
  }

  /** Begins one; an open one of the same id is aborted by that. */
  static async begin(bootstrap: string, transactionalId: string): Promise<KafkaTransaction> {
    const producer = new Producer({
      ...connection(bootstrap),
      transactionalId,
      idempotent: true,
      timeout: TRANSACTION_LIMIT_MS,
      // No earlier epoch is claimed: the broker hands out the next.
      producerId: -1n,
      producerEpoch: -1,
    });
    const open = await producer.beginTransaction();
    return new KafkaTransaction(transactionalId, { producer, open, at: bootstrap });
  }

  /** Writes records; they are in the log, and not readable as committed before `commit`. */
  async send(topic: string, records: readonly SentRecord[]): Promise<void> {
    await this.#transaction.send({ messages: toMessages(topic, records) });
  }

  /**
   * Takes a topic's next records as a member of a group, and has their offsets committed with the
   * transaction: until it ends, they are pending.
   */
  async take(groupId: string, topic: string, count = 1): Promise<void> {
    const { bootstrapBrokers } = this.#connection;
    const consumer = new Consumer({ clientId: "taker", bootstrapBrokers, groupId });
    try {
      const stream = await consumer.consume({
        topics: [topic],
        mode: "committed",
        fallbackMode: "earliest",
        autocommit: false,
      });
      await this.#transaction.addConsumer(consumer);
      let taken = 0;
      for await (const message of stream) {
        await this.#transaction.addOffset(message);
        taken += 1;
        if (taken === count) break;
      }
    } finally {
      await consumer.close(true);
    }
  }

  /** Makes what was sent readable. */
  async commit(): Promise<void> {
    await this.#transaction.commit();
    await this.#producer.close();
  }

  /** Ends it, and what was sent is never read as committed. */
  async abort(): Promise<void> {
    await this.#transaction.abort();
    await this.#producer.close();
  }

  /** The producer dies without a word: the transaction hangs, and everything after it waits. */
  async crash(): Promise<void> {
    await this.#producer.close();
  }
}

type Transaction = Awaited<ReturnType<Producer["beginTransaction"]>>;

function connection(bootstrap: string) {
  return {
    clientId: "producer",
    bootstrapBrokers: bootstrap.split(","),
    retries: 300,
    retryDelay: 100,
  };
}

function toMessages(topic: string, records: readonly SentRecord[]) {
  return records.map(({ value, key, partition = 0, timestamp, headers = {} }) => ({
    topic,
    partition,
    value: Buffer.from(value),
    headers: new Map(
      Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
    ),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
    ...(timestamp === undefined ? {} : { timestamp }),
  }));
}

/** Records of one partition are a batch, whose offsets count up from the first one's. */
function spread(
  records: readonly SentRecord[],
  firsts: ReadonlyMap<number, bigint>,
): readonly bigint[] {
  const next = new Map(firsts);
  return records.map(({ partition = 0 }) => {
    const offset = next.get(partition);
    if (offset === undefined) throw new Error(`no offset was told for partition ${partition}`);
    next.set(partition, offset + 1n);
    return offset;
  });
}
