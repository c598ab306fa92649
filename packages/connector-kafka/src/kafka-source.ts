/** Sources of Kafka topics: every record once, each partition in its order, from the engine's own frontier on. */

import {
  type Batch,
  type Clock,
  NextReading,
  type Progress,
  ReceiptError,
  type RecordError,
  type Source,
  type SourceContext,
  type SourceTells,
  UnreadableError,
} from "@tidemark/connector";
import { frontier, type Incarnation, offset, offsetAt, type PendingReason } from "@tidemark/core";

import { type ClusterLink } from "./cluster-link.ts";
import { FetchLink } from "./fetch-link.ts";
import { type FetchedPartition } from "./fetched.ts";
import { faultText } from "./kafka-fault.ts";
import { type KafkaInputConfig } from "./kafka-input-config.ts";
import { LinePosition } from "./line-position.ts";
import { MessageDecoder } from "./message-decoder.ts";
import { nextPosition } from "./next-position.ts";
import { type Portion, portionsAround, portionsOf } from "./portions.ts";
import { recordTelling } from "./record-metadata.ts";
import { receiptOf } from "./receipt.ts";
import { type Epochs, type TopicLine } from "./topic-line.ts";
import { checkSameLogs } from "./same-logs.ts";
import { readTopicEnds, type TopicEnds } from "./topic-ends.ts";
import { TopicReader } from "./topic-reader.ts";

const TELLS: SourceTells = {
  head: true,
  incarnationFrom: "the cluster's id, the topic's id and where reading it began",
};

/** Taking up so many records does not keep anything else waiting for long. */
const MOST_RECORDS = 10_000;

/** What a source is made with. */
export interface KafkaSourceParts {
  readonly context: SourceContext;
  readonly config: KafkaInputConfig;
  readonly link: ClusterLink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly line: TopicLine;
  readonly start: Progress;
  readonly epochs: Epochs;
}

/** Reads one topic, and whatever topic takes its name. */
export class KafkaSource implements Source {
  readonly tells: SourceTells = TELLS;
  readonly start: Progress;
  readonly #parts: KafkaSourceParts;
  readonly #fetches: FetchLink;
  readonly #decoder: MessageDecoder;
  readonly #heads: NextReading<undefined, TopicEnds>;
  #at: LinePosition;
  /** The line that whoever reads this has come to. */
  #taken: Incarnation;
  #reader: TopicReader | undefined;

  constructor(parts: KafkaSourceParts) {
    const { context, config, line, start, epochs } = parts;
    this.start = start;
    this.#parts = parts;
    this.#at = new LinePosition(context, line, { frontier: start.frontier, epochs });
    this.#taken = start.incarnation;
    const { connection, fetch: limits, isolation, topic } = config;
    this.#fetches = new FetchLink(connection, { limits, isolation });
    const { format } = context.connector;
    this.#decoder = new MessageDecoder({
      topic,
      fresh: () => context.decoder(),
      format,
      passes: config.passes,
      tell: recordTelling(topic, config.included),
    });
    this.#heads = new NextReading(() => this.#readEnds());
  }

  committed({ incarnation }: Progress): void {
    if (incarnation === this.#at.progress.incarnation) this.#taken = incarnation;
  }

  async *batches({ signal }: { readonly signal: AbortSignal }): AsyncIterable<Batch> {
    for (;;) {
      const { gone } = this.#at.line;
      if (gone !== undefined) throw new Error(gone);
      using stack = new DisposableStack();
      const stop = new AbortController();
      stack.defer(() => stop.abort(new Error("the line has ended")));
      const reader = this.#open(AbortSignal.any([signal, stop.signal]));
      let found = await reader.next();
      for (; found.kind === "records"; found = await reader.next()) {
        yield* this.#batchesOf(found.fetched);
      }
      if (found.kind === "ended") return;
      this.#at = await nextPosition(found, { ...this.#parts, at: this.#at, signal });
      yield { ...NOTHING, ...this.#at.progress };
      this.#taken = this.#at.progress.incarnation;
    }
  }

  holdup(): PendingReason | undefined {
    const held = [...(this.#reader?.held ?? [])];
    if (held.length === 0) return undefined;
    const where = held.map(([partition, at]) => `${partition} at offset ${at}`).join(", ");
    const message = `a transaction is open in topic '${this.#parts.config.topic}', partition ${where}: what follows can't be read before it ends`;
    return { code: "transaction-open", message };
  }

  async head({ signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const { ends } = await this.#ends(signal);
    const positions = [...ends].map(([partition, { end }]): [string, bigint] => [
      String(partition),
      end,
    ]);
    return { incarnation: this.#at.progress.incarnation, frontier: frontier(positions) };
  }

  async receipt(text: string, { signal }: { readonly signal: AbortSignal }): Promise<Progress> {
    const { topic } = this.#parts.config;
    const { partition, written } = receiptOf(text, topic);
    const { ends, layout } = await this.#ends(signal);
    const found = ends.get(partition);
    if (found === undefined) {
      const has = layout.partitions.length;
      const message =
        partition < has
          ? `partition ${partition} of topic '${topic}' is not among those that the connector reads`
          : `topic '${topic}' has no partition ${partition}; it has 0 to ${has - 1}`;
      throw new ReceiptError("elsewhere", message);
    }
    if (written >= found.end) {
      const message = `partition ${partition} of topic '${topic}' ends at ${found.end}: nothing was written at ${written} yet`;
      throw new ReceiptError("beyond-head", message);
    }
    const name = String(partition);
    const { line, progress } = this.#at;
    const origin = offsetAt(line.origin, name);
    if (written < origin) {
      const message = `the connector began to read partition ${partition} of topic '${topic}' at offset ${origin}: it never gets what was written at ${written}`;
      throw new ReceiptError("gone", message);
    }
    if (written < found.start && written >= offsetAt(progress.frontier, name)) {
      const message = `topic '${topic}' has dropped what was written at ${written} of partition ${partition}`;
      throw new ReceiptError("gone", message);
    }
    const covers = frontier([[name, offset(written + 1n)]]);
    return { incarnation: progress.incarnation, frontier: covers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fetches[Symbol.asyncDispose]();
    await this.#parts.link[Symbol.asyncDispose]();
  }

  #open(signal: AbortSignal): TopicReader {
    const { config, link, clock, random, context } = this.#parts;
    const { topic, partitions: only, ends, refreshMs } = config;
    this.#reader = new TopicReader({
      topic,
      topicId: this.#at.line.topicId,
      former: this.#at.line.former,
      only,
      offsets: this.#at.offsets,
      epochs: this.#at.epochs,
      ends,
      refreshMs,
      link,
      fetches: this.#fetches,
      clock,
      random,
      trouble: context.trouble,
      signal,
    });
    return this.#reader;
  }

  async *#batchesOf(fetched: readonly FetchedPartition[]): AsyncGenerator<Batch> {
    const most = this.#parts.context.connector.maxBatchSize ?? MOST_RECORDS;
    for (const portion of portionsOf(fetched, most)) {
      const decoded = await this.#decoder.decode(portion.runs);
      if (decoded.errors.length > 0 && this.#parts.context.onReject === "stop") {
        yield* this.#apart(portion, decoded.errors);
        continue;
      }
      this.#at.advance(portion.reached);
      yield { ...this.#at.progress, ...decoded };
    }
  }

  /** The portion's batches, with each record that is rejected alone in one. */
  async *#apart(portion: Portion, errors: readonly RecordError[]): AsyncGenerator<Batch> {
    const rejected = new Set(errors.map(({ position }) => position?.join(" ")));
    const isRejected = (partition: number, at: bigint): boolean =>
      rejected.has(`${partition} ${at}`);
    for (const { runs, reached } of portionsAround(portion, isRejected)) {
      const decoded = await this.#decoder.decode(runs);
      this.#at.advance(reached);
      yield { ...this.#at.progress, ...decoded };
    }
  }

  /** The ends of what is read; rejects where whoever reads this is not yet on the line that they are of. */
  async #ends(signal: AbortSignal): Promise<TopicEnds> {
    const { partitions: only, topic } = this.#parts.config;
    const read = await this.#heads.ask(undefined, { signal });
    const { line, progress } = this.#at;
    if (this.#taken !== progress.incarnation || read.layout.topicId !== line.topicId) {
      throw new UnreadableError(`topic '${topic}' is being taken up anew`);
    }
    const ends = [...read.ends].filter(([partition]) => only?.has(partition) ?? true);
    return { ...read, ends: new Map(ends) };
  }

  async #readEnds(): Promise<TopicEnds> {
    const { link, config } = this.#parts;
    const at = this.#at;
    const reached = { line: at.line, offsets: new Map(at.offsets), epochs: new Map(at.epochs) };
    try {
      const read = await readTopicEnds(link, config.topic);
      this.#reader?.look(read.layout);
      await checkSameLogs(link, config.topic, { read, reached });
      return read;
    } catch (error) {
      throw error instanceof UnreadableError
        ? error
        : new UnreadableError(`topic '${config.topic}' can't be asked: ${faultText(error)}`, {
            cause: error,
          });
    }
  }
}

const NOTHING = { changes: { rows: [] }, records: 0, bytes: 0, errors: [] };
