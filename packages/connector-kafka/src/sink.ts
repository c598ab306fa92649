/** `kafka_output`: a topic that holds each step of a view once, by a transaction for each of them. */

import { randomUUID } from "node:crypto";

import {
  abortable,
  type Clock,
  type Sink,
  type SinkContext,
  type SinkFactory,
  type Taken,
  type ViewChange,
  RefusedChanges,
  RefusedRowsError,
} from "@tidemark/connector";

import { invalid } from "./connection.ts";
import { packed } from "./message-packing.ts";
import { type OutputConfig, outputConfig } from "./output-config.ts";
import { asOpeningError, asTrouble, forbidden, isFenced, isOfKafka } from "./output-fault.ts";
import { OutputLink, type Patience } from "./output-link.ts";
import { StepTransactions, type TransactionOptions } from "./step-transaction.ts";

/** What a step is worth waiting for before it counts as failed, and is told of as trouble. */
const PATIENCE_MS = { passingMs: 10_000, unreachableMs: 2000 };

/** What closing waits for, so that what was begun is aborted. */
const CLOSING_MS = 2000;

const NOTHING: Taken = { records: 0, bytes: 0 };

/** Sinks that write to topics. */
export function kafkaOutput(clock: Clock): SinkFactory {
  return {
    transport: "kafka_output",
    format: "required",
    refusesRows: true,
    validate: (connector) => void outputConfig(connector),
    open: (context) => openSink(context, clock),
  };
}

async function openSink(context: SinkContext, clock: Clock): Promise<Sink> {
  const config = outputConfig(context.connector);
  const name = `tidemark-${context.life}-${context.endpoint}`;
  const { topic, connection, clientId, opening: patience } = config;
  const link = new OutputLink({ connection, clientId, topic, name, clock });
  await using opening = new AsyncDisposableStack();
  const sink = opening.use(new KafkaSink({ context, config, link, clock, name }));
  const signal = AbortSignal.timeout(patience.passingMs);
  try {
    await abortable(sink.takeOver({ ...patience, signal }), signal);
  } catch (error) {
    if (!signal.aborted) throw asOpeningError(error, config);
    const brokers = connection.bootstrapBrokers.join(", ");
    const late = `${brokers} did not answer within ${patience.passingMs / 1000} s`;
    throw invalid("bootstrap.servers", `can't be used: ${late}`, { cause: error });
  }
  opening.move();
  return sink;
}

interface KafkaSinkOptions {
  readonly context: SinkContext;
  readonly config: OutputConfig;
  readonly link: OutputLink;
  readonly clock: Clock;
  readonly name: string;
}

class KafkaSink implements Sink {
  readonly #options: KafkaSinkOptions;
  readonly #transacting: TransactionOptions;
  readonly #writer: string = randomUUID();
  readonly #closing = new AbortController();
  /** The latest ones, and whether all that was begun with them has ended as it should. */
  #transactions: StepTransactions | undefined;
  #isSound = false;
  #taken = 0n;
  /** What a step wrote that may be committed or not. */
  #inDoubt: { readonly step: bigint; readonly taken: Taken } | undefined;
  #isSucceeded = false;

  constructor(options: KafkaSinkOptions) {
    this.#options = options;
    const { link, name, config } = options;
    const { topic, compression, transactionTimeoutMs: timeoutMs } = config;
    this.#transacting = { link, name, topic, compression, timeoutMs };
  }

  get takenStep(): bigint {
    return this.#taken;
  }

  /** Becomes the one writer of the output, and reads the last step that was written. */
  async takeOver(patience: Patience): Promise<void> {
    const { link, config, context } = this.#options;
    const { cell, life } = context;
    if (!(await link.isPermitted(patience))) throw forbidden(config);
    const kept = await cell.read();
    if (kept !== undefined) this.#taken = readKept(kept, life);
    const transactions = await this.#begin(patience);
    // Whoever wrote before is told by this that it was not its own transaction that timed out.
    await transactions.number({ step: this.#taken, writer: this.#writer }, patience);
    await transactions.commit(patience);
    this.#isSound = true;
  }

  async take(step: bigint, changes: AsyncIterable<readonly ViewChange[]>): Promise<Taken> {
    const { config, clock } = this.#options;
    const { signal } = this.#closing;
    const patience = { ...PATIENCE_MS, signal };
    const begun = clock.monotonicMs();
    try {
      return await this.#take(step, changes, patience);
    } catch (error) {
      signal.throwIfAborted();
      if (!isOfKafka(error)) throw error;
      if (isFenced(error)) {
        await this.#checkSuccession(patience);
        if (clock.monotonicMs() - begun >= config.transactionTimeoutMs) throw tooSlow(step, config);
      }
      throw asTrouble(error, config);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, link } = this.#options;
    this.#closing.abort(new Error("the output is closed"));
    const over = new AbortController();
    const aborted = this.#transactions?.abort().catch(() => undefined);
    const late = clock.sleep(CLOSING_MS, { signal: over.signal }).catch(() => undefined);
    await Promise.race([aborted, late]);
    over.abort();
    await link[Symbol.asyncDispose]();
  }

  async #take(
    step: bigint,
    changes: AsyncIterable<readonly ViewChange[]>,
    patience: Patience,
  ): Promise<Taken> {
    const transactions = await this.#sound(patience);
    if (step > this.#taken) {
      this.#isSound = false;
      this.#inDoubt = undefined;
      const taken = await this.#write(transactions, changes, patience);
      await transactions.number({ step, writer: this.#writer }, patience);
      this.#inDoubt = { step, taken };
      await transactions.commit(patience);
      this.#taken = step;
      this.#isSound = true;
    }
    const { cell, life } = this.#options.context;
    await cell.write(`${this.#taken} ${life}`);
    return this.#inDoubt?.step === step ? this.#inDoubt.taken : NOTHING;
  }

  async #write(
    transactions: StepTransactions,
    changes: AsyncIterable<readonly ViewChange[]>,
    patience: Patience,
  ): Promise<Taken> {
    const { context, config } = this.#options;
    let records = 0;
    let bytes = 0;
    let sending = Promise.resolve();
    const refused = new RefusedChanges(context.columns);
    for await (const batch of packed(changes, context.encoder(), { ...config, refused })) {
      // One batch is under way while the next is made.
      await sending;
      sending = transactions.write(batch.messages, patience);
      sending.catch(() => undefined);
      records += batch.changes;
      bytes += batch.bytes;
    }
    await sending;
    if (refused.rows.length > 0) throw new RefusedRowsError(refused.rows);
    return { records, bytes };
  }

  /** Transactions to go on with: after a failure it is found out first what had become of the last. */
  async #sound(patience: Patience): Promise<StepTransactions> {
    if (this.#isSound && this.#transactions !== undefined) return this.#transactions;
    await this.#checkSuccession(patience);
    const transactions = await this.#begin(patience);
    await this.#checkSuccession(patience);
    this.#isSound = true;
    return transactions;
  }

  /** Ends whatever was begun under this name, one way or the other, and reads which way it was. */
  async #begin(patience: Patience): Promise<StepTransactions> {
    const transactions = await StepTransactions.begin(this.#transacting, patience);
    this.#transactions = transactions;
    const committed = await StepTransactions.committed(this.#transacting, patience);
    if (committed !== undefined && committed.step > this.#taken) this.#taken = committed.step;
    return transactions;
  }

  /**
   * Throws once another writer has taken over: to take over from it in turn would set the two
   * against each other for ever.
   */
  async #checkSuccession(patience: Patience): Promise<void> {
    const committed = this.#isSucceeded
      ? undefined
      : await StepTransactions.committed(this.#transacting, patience, { pending: "ignored" });
    if (committed !== undefined) this.#isSucceeded = committed.writer !== this.#writer;
    if (!this.#isSucceeded) return;
    throw new Error(
      `another writer has taken over the output '${this.#options.context.endpoint}': a second ` +
        "server runs this pipeline on a copy of its storage; stop one of them, and start the other again",
    );
  }
}

function tooSlow(step: bigint, { transactionTimeoutMs }: OutputConfig): Error {
  return new Error(
    `step ${step} took longer than its transaction may, and was aborted by the cluster: raise ` +
      `'transaction.timeout.ms', which is ${transactionTimeoutMs}`,
  );
}

/** The step of the cell, where it is of this life. */
function readKept(text: string, life: string): bigint {
  const [, step, of] = /^(\d+) (.+)$/su.exec(text) ?? [];
  if (step === undefined) {
    throw new Error("the output's own progress can't be read; clear the pipeline's storage");
  }
  return of === life ? BigInt(step) : 0n;
}
