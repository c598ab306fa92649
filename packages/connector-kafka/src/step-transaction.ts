/** Step transactions: messages and the number of their step, readable together or never (KIP-98). */

import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  type CompressionAlgorithmValue,
  describeTransactionsV0,
  endTxnV3,
  initProducerIdV4,
  type MessageRecord,
  type Connection,
  NumericMap,
  offsetFetchV8,
  produceV9,
  ProtocolError,
  txnOffsetCommitV3,
} from "@platformatic/kafka";

import { isDuplicate } from "./output-fault.ts";
import { type OutputLink, type Patience } from "./output-link.ts";

const ALL = -1;
const PRODUCE_MS = 8000;
const NO_PRODUCER = { producerId: -1n, producerEpoch: -1 };
/** A group without members: its offsets are whatever is committed for it. */
const NO_MEMBER = { generation: -1, member: "" };

/** What transactions are made for. */
export interface TransactionOptions {
  readonly link: OutputLink;
  readonly topic: string;
  /** The transactional id, and the consumer group whose offset is the step's number. */
  readonly name: string;
  readonly compression: CompressionAlgorithmValue;
  readonly timeoutMs: number;
}

/** What the group holds. */
export interface Committed {
  readonly step: bigint;
  /** Who wrote it. */
  readonly writer: string;
}

/** One producer's epoch, and the transactions that it writes one after the other. */
export class StepTransactions {
  readonly #options: TransactionOptions;
  readonly #producerId: bigint;
  readonly #producerEpoch: number;
  #sequence = 0;
  #hasPartition = false;
  #isOpen = false;
  #sending: Promise<unknown> | undefined;

  private constructor(
    options: TransactionOptions,
    producer: { readonly producerId: bigint; readonly producerEpoch: number },
  ) {
    this.#options = options;
    this.#producerId = producer.producerId;
    this.#producerEpoch = producer.producerEpoch;
  }

  /** Takes the name over: earlier epochs can write no more, and what they left open is aborted. */
  static async begin(options: TransactionOptions, patience: Patience): Promise<StepTransactions> {
    const { link, name, timeoutMs } = options;
    const { producerId, producerEpoch } = NO_PRODUCER;
    const producer = await link.ask(
      "transaction",
      (to) => initProducerIdV4.api.async(to, name, timeoutMs, producerId, producerEpoch),
      patience,
    );
    return new StepTransactions(options, producer);
  }

  /**
   * The last step that was committed; absent where the group holds none. What is being committed is
   * waited for, unless it is to be ignored.
   */
  static async committed(
    { link, name, topic }: TransactionOptions,
    patience: Patience,
    { pending = "awaited" }: { readonly pending?: "awaited" | "ignored" } = {},
  ): Promise<Committed | undefined> {
    const groups = [
      { groupId: name, memberEpoch: -1, topics: [{ name: topic, partitionIndexes: [0] }] },
    ];
    const stable = pending === "awaited";
    const answer = await link.ask(
      "group",
      (to) => offsetFetchV8.api.async(to, groups, stable),
      patience,
    );
    const held = answer.groups[0]?.topics[0]?.partitions[0];
    if (held === undefined || held.committedOffset < 0n) return undefined;
    return { step: held.committedOffset, writer: held.metadata ?? "" };
  }

  /** Writes messages to partition 0; they are readable once the transaction is committed. */
  async write(messages: MessageRecord[], patience: Patience): Promise<void> {
    await this.#addPartition(patience);
    const { link, name, topic, compression } = this.#options;
    const sequences = new NumericMap([[`${topic}:0`, this.#sequence]]);
    const options = { ...this.#producer, transactionalId: name, compression, sequences };
    const sending = link.ask(
      "leader",
      (to) => produceV9.api.async(to, ALL, PRODUCE_MS, messages, options),
      patience,
    );
    this.#sending = sending;
    await sending.catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
    });
    this.#sequence = (this.#sequence + messages.length) % 2 ** 31;
  }

  /** Adds the number of the step, which is known to be written exactly if the messages are. */
  async number({ step, writer }: Committed, patience: Patience): Promise<void> {
    const { link, name, topic } = this.#options;
    const { producerId, producerEpoch } = this.#producer;
    this.#isOpen = true;
    await link.ask(
      "transaction",
      (to) => addOffsetsToTxnV3.api.async(to, name, producerId, producerEpoch, name),
      patience,
    );
    const partition = {
      partitionIndex: 0,
      committedOffset: step,
      committedLeaderEpoch: -1,
      committedMetadata: writer,
    };
    const topics = [{ name: topic, partitions: [partition] }];
    const { generation, member } = NO_MEMBER;
    await link.ask(
      "group",
      (to) =>
        txnOffsetCommitV3.api.async(
          to,
          name,
          name,
          producerId,
          producerEpoch,
          generation,
          member,
          null,
          topics,
        ),
      patience,
    );
  }

  /** Commits; resolves once readers of what is committed see it. */
  async commit(patience: Patience): Promise<void> {
    const { link } = this.#options;
    await link.ask("transaction", (to) => this.#end(to, "commit"), patience);
    this.#isOpen = false;
    this.#hasPartition = false;
    await this.#untilReadable(patience);
  }

  /**
   * Ends what is open, so that readers need not wait for it to time out; one try has to do. No
   * message may arrive behind the end.
   */
  async abort(): Promise<void> {
    await this.#sending?.catch(() => undefined);
    if (!this.#isOpen) return;
    await this.#options.link.once("transaction", (to) => this.#end(to, "abort"));
  }

  get #producer(): { readonly producerId: bigint; readonly producerEpoch: number } {
    return { producerId: this.#producerId, producerEpoch: this.#producerEpoch };
  }

  #end(to: Connection, outcome: "commit" | "abort"): Promise<unknown> {
    const { name } = this.#options;
    return endTxnV3.api.async(
      to,
      name,
      this.#producerId,
      this.#producerEpoch,
      outcome === "commit",
    );
  }

  async #addPartition(patience: Patience): Promise<void> {
    if (this.#hasPartition) return;
    const { link, name, topic } = this.#options;
    this.#isOpen = true;
    const transaction = {
      ...this.#producer,
      transactionalId: name,
      verifyOnly: false,
      topics: [{ name: topic, partitions: [0] }],
    };
    await link.ask(
      "transaction",
      (to) => addPartitionsToTxnV3.api.async(to, [transaction]),
      patience,
    );
    this.#hasPartition = true;
  }

  /** A commit is decided before its markers are in the logs, which is when readers see it. */
  async #untilReadable(patience: Patience): Promise<void> {
    const { link, name } = this.#options;
    const written = async (to: Connection): Promise<void> => {
      const { transactionStates } = await describeTransactionsV0.api.async(to, [name]);
      const isEnding = transactionStates[0]?.transactionState === "PrepareCommit";
      if (isEnding) throw new ProtocolError("CONCURRENT_TRANSACTIONS");
    };
    // Where the cluster can't tell, whoever takes over from this transaction waits for its markers.
    await link.ask("transaction", written, patience);
  }
}
