/** What outputs are opened with in tests, and what is given to them. */

import {
  type Encoder,
  type OutputColumn,
  RefusedRowsError,
  type Sink,
  type Value,
  type ViewChange,
} from "@tidemark/connector";
import { outputFormats } from "@tidemark/format";
import { type ViewIndex } from "@tidemark/program";
import { type Database } from "@tidemark/systems";

import { postgresOutput } from "../sink.ts";
import { declared, tableOf } from "./opening.ts";

/** The columns of a view, as a program would declare a table of them. */
export function columnsOf(columns: string): readonly OutputColumn[] {
  return tableOf(`CREATE TABLE v (${columns})`).columns;
}

/** What an output is opened with. */
export interface OutputOpening {
  readonly table: string;
  readonly columns: readonly OutputColumn[];
  readonly life?: string;
  readonly index?: ViewIndex;
}

/** Opens an output as the pump does. */
export function openOutput(
  database: Database,
  { table, columns, life = "life", index }: OutputOpening,
): Promise<Sink> {
  const connector = declared("postgres_output", { uri: database.url, table });
  postgresOutput.validate(connector);
  const encoder = (): Encoder => {
    const format = outputFormats.get("json");
    if (format === undefined) throw new TypeError("there is a JSON format");
    return format.encoder({ columns, config: { update_format: "insert_delete" } });
  };
  const cell = { read: () => Promise.resolve(undefined), write: () => Promise.resolve() };
  return postgresOutput.open({
    view: "v",
    columns,
    connector,
    ...(index === undefined ? {} : { index }),
    endpoint: `v.${table}`,
    encoder,
    cell,
    life,
    step: 0n,
  });
}

/** Rows that appear, or with `-1` go away, as one step. */
export async function* step(
  ...changes: readonly (readonly [weight: 1 | -1, ...row: readonly Value[]])[]
): AsyncGenerator<readonly ViewChange[]> {
  yield await Promise.resolve(changes.map(([weight, ...row]) => ({ weight, row })));
}

/** What is said of the rows that a step is refused for, by their columns. */
export async function refusalsOf(
  taking: Promise<unknown>,
): Promise<readonly (readonly [column: string | null, message: string])[]> {
  const fault: unknown = await taking.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (fault instanceof RefusedRowsError) {
    return fault.rows.map(({ column, message }) => [column, message]);
  }
  throw new Error("the step was not refused for its rows", { cause: fault });
}
