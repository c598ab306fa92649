/** What sources are opened with in tests, and how their changes are followed as a pipeline would. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  type InputRejects,
  type Batch,
  type Progress,
  type Row,
  type Source,
  type SourceFactory,
  SYSTEM_CLOCK,
} from "@tidemark/connector";
import { epoch, lessEqual } from "@tidemark/core";
import { inputFormats } from "@tidemark/format";
import {
  type ConnectorDeclaration,
  type JsonObject,
  parseProgram,
  type Table,
} from "@tidemark/program";

import { postgresCdcInput } from "../cdc-source.ts";

/** The table that a statement declares. */
export function tableOf(sql: string): Table {
  const parsed = parseProgram(sql);
  const table = parsed.kind === "program" ? parsed.program.tables[0] : undefined;
  if (table === undefined) throw new TypeError(`no table: ${JSON.stringify(parsed)}`);
  return table;
}

/** A connector as a program declares it. */
export function declared(name: string, config: JsonObject): ConnectorDeclaration {
  return {
    name: "c",
    transport: { name, config },
    paused: false,
    labels: [],
    startAfter: [],
    maxQueuedRecords: 1000,
    maxQueuedBytes: 1_000_000,
    sendSnapshot: false,
    declared: {},
  };
}

/** What a source is opened with. */
export interface Opening {
  readonly onReject?: InputRejects;
  readonly table: Table;
  readonly config: JsonObject;
  readonly factory?: SourceFactory;
  readonly resume?: Progress;
  readonly life?: string;
  /** What the sources of one life share; without it, each has a folder of its own. */
  readonly directory?: string;
  readonly epoch?: number;
  readonly trouble?: (message: string | undefined) => void;
}

/** Opens a source as the pump does. */
export async function openSource(opening: Opening): Promise<Source> {
  const { table, config, factory = postgresCdcInput(SYSTEM_CLOCK), resume } = opening;
  const { directory = mkdtempSync(join(tmpdir(), "tidemark-")) } = opening;
  const connector = declared(factory.transport, config);
  factory.validate(connector, table);
  const own = typeof factory.format === "string" ? undefined : factory.format;
  return factory.open({
    table,
    connector,
    endpoint: `${table.id.name}.c`,
    decoder: (given) => {
      const format = inputFormats.get(own?.name ?? "");
      if (format === undefined) throw new TypeError("the source brings no format");
      return format.decoder({ table, config: own?.config ?? {}, ...given });
    },
    directory: join(directory, opening.life ?? "life"),
    life: opening.life ?? "life",
    epoch: epoch(opening.epoch ?? 1),
    ...(resume === undefined ? {} : { resume }),
    trouble: opening.trouble ?? (() => {}),
    onReject: opening.onReject ?? factory.onReject ?? "skip",
  });
}

/** A source that is followed batch by batch; each is taken as committed when the next is asked for. */
export class Following implements AsyncDisposable {
  readonly source: Source;
  readonly #stop = new AbortController();
  readonly #batches: AsyncIterator<Batch>;
  last: Progress;

  constructor(source: Source) {
    this.source = source;
    this.last = source.start;
    this.#batches = source.batches({ signal: this.#stop.signal })[Symbol.asyncIterator]();
    source.committed?.(source.start);
  }

  /** The next batch, not committed yet. */
  async next(): Promise<Batch> {
    const next = await this.#batches.next();
    if (next.done === true) throw new Error("the input has ended");
    return next.value;
  }

  /** Takes a batch as committed. */
  commit({ incarnation, frontier, state }: Progress): void {
    this.last = { incarnation, frontier, ...(state === undefined ? {} : { state }) };
    this.source.committed?.(this.last);
  }

  /** Reads and commits until progress covers what is asked, and answers the changes on the way. */
  async until(
    covers: (progress: Progress) => boolean,
  ): Promise<readonly (readonly [string, Row])[]> {
    const all: (readonly [string, Row])[] = [];
    while (!covers(this.last)) {
      const batch = await this.next();
      const { rows, operations } = batch.changes;
      rows.forEach((row, at) => all.push([operations?.[at] ?? "insert", row]));
      this.commit(batch);
    }
    return all;
  }

  /** Reads and commits until the number line ends, and answers the changes on the way. */
  async untilLost(): Promise<readonly (readonly [string, Row])[]> {
    const { incarnation } = this.source.start;
    return await this.until((progress) => progress.incarnation !== incarnation);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the test has ended"));
    await this.#batches.return?.().catch(() => undefined);
    await this.source[Symbol.asyncDispose]();
  }
}

/** What progress covers the source's end as it is now. */
export async function covering(begun: Following): Promise<(progress: Progress) => boolean> {
  const head = await begun.source.head?.({ signal: new AbortController().signal });
  if (head === undefined) throw new TypeError("the source tells its head");
  return ({ frontier }) => lessEqual(head.frontier, frontier);
}

/** A source that has given what its table held. */
export async function following(
  table: Table,
  config: Readonly<Record<string, string>>,
): Promise<Following> {
  const begun = new Following(await openSource({ table, config }));
  await begun.until(await covering(begun));
  return begun;
}

/** What came before a source's changes could no longer be followed, and what it says of that. */
export async function untilFault(
  begun: Following,
): Promise<{ readonly seen: readonly (readonly [string, Row])[]; readonly fault: string }> {
  const seen = await begun.untilLost();
  const fault = await begun.next().then(
    () => "none",
    (error: unknown) => String(error),
  );
  return { seen, fault };
}
