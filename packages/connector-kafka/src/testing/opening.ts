/** What sources are opened with in tests, and how their batches are followed as a pipeline would. */

import {
  type InputRejects,
  type Batch,
  type Progress,
  type Row,
  type Source,
  SYSTEM_CLOCK,
} from "@tidemark/connector";
import { type Claim, connectorId, epoch, judge, lessEqual, type Verdict } from "@tidemark/core";
import { inputFormats } from "@tidemark/format";
import {
  type ConnectorDeclaration,
  type JsonObject,
  parseProgram,
  type Table,
} from "@tidemark/program";

import { kafkaInput } from "../kafka-input.ts";

/** The table that a statement declares. */
export function tableOf(sql: string): Table {
  const parsed = parseProgram(sql);
  const table = parsed.kind === "program" ? parsed.program.tables[0] : undefined;
  if (table === undefined) throw new TypeError(`no table: ${JSON.stringify(parsed)}`);
  return table;
}

/** A table that takes whatever is written. */
const LINES: Table = tableOf("CREATE TABLE t (line VARCHAR NOT NULL)");

/** What a source is opened with. */
export interface Opening {
  readonly onReject?: InputRejects;
  readonly config: JsonObject;
  readonly table?: Table;
  readonly format?: { readonly name: string; readonly config?: JsonObject };
  readonly resume?: Progress;
  readonly life?: string;
  readonly epoch?: number;
  readonly trouble?: (message: string | undefined) => void;
  readonly maxBatchSize?: number;
}

/** Opens a source as the pump does; its rows are the records' values unless a format is given. */
export async function openSource(opening: Opening): Promise<Source> {
  const { table = LINES, config, format: given = { name: "raw" }, resume } = opening;
  const format = { name: given.name, config: given.config ?? {} };
  const factory = kafkaInput(SYSTEM_CLOCK, () => 0);
  const connector: ConnectorDeclaration = {
    name: "c",
    transport: { name: factory.transport, config },
    format,
    paused: false,
    labels: [],
    startAfter: [],
    maxQueuedRecords: 1000,
    maxQueuedBytes: 1_000_000,
    sendSnapshot: false,
    declared: {},
    ...(opening.maxBatchSize === undefined ? {} : { maxBatchSize: opening.maxBatchSize }),
  };
  factory.validate(connector, table);
  return factory.open({
    table,
    connector,
    endpoint: `${table.id.name}.c`,
    decoder: (options) => {
      const known = inputFormats.get(format.name);
      if (known === undefined) throw new TypeError(`no format ${format.name}`);
      return known.decoder({ table, config: format.config, ...options });
    },
    life: opening.life ?? "life",
    // Nothing of it has to outlive a crash.
    directory: "/nowhere",
    epoch: epoch(opening.epoch ?? 1),
    ...(resume === undefined ? {} : { resume }),
    trouble: opening.trouble ?? (() => {}),
    onReject: opening.onReject ?? factory.onReject ?? "skip",
  });
}

/** What a batch left behind, to be resumed from. */
export function progressOf({ incarnation, frontier, state }: Progress): Progress {
  return { incarnation, frontier, ...(state === undefined ? {} : { state }) };
}

/** A source that is followed batch by batch, and what would be judged of it as a pipeline does. */
export class Following implements AsyncDisposable {
  readonly source: Source;
  last: Progress;
  readonly #stop = new AbortController();
  readonly #batches: AsyncIterator<Batch>;
  readonly #ended = new Map<Progress["incarnation"], Progress>();

  constructor(source: Source) {
    this.source = source;
    this.last = source.start;
    this.#batches = source.batches({ signal: this.#stop.signal })[Symbol.asyncIterator]();
  }

  /** Follows what one opens. */
  static async open(opening: Opening): Promise<Following> {
    const following = new Following(await openSource(opening));
    const { resume } = opening;
    if (resume !== undefined && resume.incarnation !== following.last.incarnation) {
      following.#ended.set(resume.incarnation, resume);
    }
    return following;
  }

  /** The next batch; undefined at end of input. */
  async next(): Promise<Batch | undefined> {
    const next = await this.#batches.next();
    if (next.done === true) return undefined;
    if (next.value.incarnation !== this.last.incarnation) {
      this.#ended.set(this.last.incarnation, this.last);
    }
    this.last = progressOf(next.value);
    this.source.committed?.(this.last);
    return next.value;
  }

  /** The rows until progress covers what is asked. */
  async until(covers: (progress: Progress) => boolean): Promise<readonly Row[]> {
    const rows: Row[] = [];
    while (!covers(this.last)) {
      const batch = await this.next();
      if (batch === undefined) throw new Error("the input has ended");
      rows.push(...batch.changes.rows);
    }
    return rows;
  }

  /** The values of all records up to the head of now. */
  async toHead(): Promise<readonly unknown[]> {
    const { frontier } = await this.head();
    return (await this.until((at) => lessEqual(frontier, at.frontier))).map(([value]) => value);
  }

  async head(): Promise<Progress> {
    const head = await this.source.head?.({ signal: this.#stop.signal });
    if (head === undefined) throw new TypeError("the source tells its head");
    return head;
  }

  async receipt(text: string): Promise<Progress> {
    const covered = await this.source.receipt?.(text, { signal: this.#stop.signal });
    if (covered === undefined) throw new TypeError("the source takes receipts");
    return covered;
  }

  /** The verdict on a claim of that, as if every batch so far were delivered. */
  verdict(claimed: Progress): Verdict {
    const connector = connectorId("c");
    const claim: Claim = { connector, ...claimed, level: "delivered" };
    const holdup = this.source.holdup?.();
    return judge(claim, {
      connector,
      ...this.last,
      level: "delivered",
      atMs: 0,
      ended: (incarnation) => {
        const ended = this.#ended.get(incarnation);
        if (ended === undefined) return undefined;
        return { incarnation, finalFrontier: ended.frontier, frontier: ended.frontier };
      },
      reasons: holdup === undefined ? [] : [holdup],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the test has ended"));
    await this.#batches.return?.().catch(() => undefined);
    await this.source[Symbol.asyncDispose]();
  }
}
