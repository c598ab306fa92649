/** What outputs are opened with in tests, and what a reader sees of what they wrote. */

import {
  type Clock,
  type DurableCell,
  type OutputColumn,
  type Sink,
  SYSTEM_CLOCK,
  type ViewChange,
} from "@tidemark/connector";
import { outputFormats } from "@tidemark/format";
import { type ConnectorDeclaration, type JsonObject } from "@tidemark/program";
import { readCommitted } from "@tidemark/systems";

import { kafkaOutput } from "../sink.ts";

/** Rows with one integer column, `n`. */
const COLUMNS: readonly OutputColumn[] = [
  {
    id: { name: "n", quoted: false },
    type: { kind: "integer", bits: 32, unsigned: false },
    nullable: false,
  },
];

/** A cell that holds nothing, and whose writes are lost. */
const NO_CELL: DurableCell = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
};

/** What an output is opened with. */
export interface OutputOpening {
  readonly config: JsonObject;
  readonly format?: { readonly name: string; readonly config: JsonObject };
  readonly columns?: readonly OutputColumn[];
  readonly cell?: DurableCell;
  readonly life?: string;
  readonly step?: bigint;
  readonly clock?: Clock;
}

/** A connector as a program declares it. */
export function declaredOutput({ config, format }: OutputOpening): ConnectorDeclaration {
  return {
    name: "c",
    transport: { name: "kafka_output", config },
    format: format ?? { name: "json", config: {} },
    paused: false,
    labels: [],
    startAfter: [],
    maxQueuedRecords: 1000,
    maxQueuedBytes: 1_000_000,
    sendSnapshot: false,
    declared: {},
  };
}

/** Opens an output as the pump does. */
export async function openOutput(opening: OutputOpening): Promise<Sink> {
  const factory = kafkaOutput(opening.clock ?? SYSTEM_CLOCK);
  const connector = declaredOutput(opening);
  factory.validate(connector);
  const { columns = COLUMNS, cell = NO_CELL, life = "life", step = 0n } = opening;
  const { name, config } = connector.format ?? { name: "", config: {} };
  return factory.open({
    view: "v",
    columns,
    connector,
    endpoint: "v.c",
    encoder: () => {
      const format = outputFormats.get(name);
      if (format === undefined) throw new TypeError(`no format '${name}'`);
      return format.encoder({ columns, config });
    },
    cell,
    life,
    step,
  });
}

/** Changes in chunks: `n` is inserted, `-n` is deleted. */
export async function* changes(
  ...chunks: readonly (readonly number[])[]
): AsyncGenerator<readonly ViewChange[]> {
  for (const chunk of chunks) {
    yield await Promise.resolve(
      chunk.map((n) => ({ weight: n > 0 ? (1 as const) : (-1 as const), row: [Math.abs(n)] })),
    );
  }
}

/** What is committed in a topic, each change as `+n` or `-n`. */
export async function contents(bootstrap: string, topic: string): Promise<readonly string[]> {
  const records = await readCommitted(bootstrap, topic);
  return records
    .flatMap(({ value }) => value.split("\n"))
    .filter((line) => line !== "")
    .map((line) =>
      line
        .replace(/^\{"insert":\{"n":(\d+)\}\}$/u, "+$1")
        .replace(/^\{"delete":\{"n":(\d+)\}\}$/u, "-$1")
        .replace(/^(\d+),1$/u, "+$1")
        .replace(/^(\d+),-1$/u, "-$1"),
    );
}

/** Gives a step again until it is taken, as the pump does. */
export async function untilTaken(take: () => Promise<unknown>): Promise<void> {
  const isTaken = async (): Promise<boolean> => {
    try {
      await take();
      return true;
    } catch {
      return false;
    }
  };
  while (!(await isTaken()));
}
