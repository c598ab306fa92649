/** Row lines: a view's changes as the JSON that statements take, and as messages show them. */

import { type Encoder, type OutputColumn, type Value, type ViewChange } from "@tidemark/connector";

import { type TargetColumn } from "./target-columns.ts";
import { exactly, ValueRefused } from "./target-value.ts";

/** A change, and its row as a JSON object; of a delete only the key. */
export interface RowLine {
  readonly change: ViewChange;
  readonly json: string;
}

/** A change as it can be written, or the column whose value can't. */
export type ExactRow =
  | { readonly kind: "exact"; readonly change: ViewChange }
  | { readonly kind: "refused"; readonly column: string; readonly said: string };

/** More of a value is not shown. */
const SHOWN_CHARACTERS = 100;

/** Writes rows with an encoder of insert and delete events, one a line. */
export class RowWriter {
  readonly #encoder: Encoder;
  readonly #columns: readonly OutputColumn[];
  readonly #target: readonly TargetColumn[];

  constructor(encoder: Encoder, columns: readonly OutputColumn[], target: readonly TargetColumn[]) {
    this.#encoder = encoder;
    this.#columns = columns;
    this.#target = target;
  }

  /** The change with its values as they are given to the database, or which one would arrive as another. */
  exact({ weight, row }: ViewChange): ExactRow {
    const values: Value[] = [];
    for (const [at, value] of row.entries()) {
      const [column, target] = [this.#columns[at], this.#target[at]];
      const left = weight < 0 && target?.key !== true;
      if (left || column === undefined || target === undefined) {
        values.push(null);
        continue;
      }
      try {
        values.push(exactly(value, column.type, target.type));
      } catch (error) {
        if (!(error instanceof ValueRefused)) throw error;
        return { kind: "refused", column: target.name, said: error.message };
      }
    }
    return { kind: "exact", change: { weight, row: values } };
  }

  /** The rows of changes of one kind, each as a JSON object. */
  json(changes: readonly ViewChange[]): readonly string[] {
    if (changes.length === 0) return [];
    const start = changes[0] !== undefined && changes[0].weight < 0 ? DELETE : INSERT;
    const text = Buffer.from(this.#encoder.encode(changes)).toString();
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => line.slice(start, -1));
  }

  /** A row with nothing but one of its columns. */
  only(row: readonly Value[], at: number): string {
    const alone = row.map((value, place) => (place === at ? value : null));
    return this.json([{ weight: 1, row: alone }])[0] ?? "";
  }

  /** The JSON of one value, cut to a bound. */
  shown(row: readonly Value[], at: number): string {
    const empty = this.only(row, -1);
    const json = this.only(row, at);
    let from = 0;
    while (from < empty.length && empty[from] === json[from]) from += 1;
    if (from >= empty.length) return "null";
    const text = json.slice(from, json.length - (empty.length - from - NULL));
    return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  }

  /** The row by its key, as messages name it. */
  named(row: readonly Value[]): string {
    const keys = this.#target.flatMap(({ key, name }, at) =>
      key ? [`${name} ${this.shown(row, at)}`] : [],
    );
    return keys.join(", ");
  }

  /** The same text for rows of the same key. */
  key(row: readonly Value[]): string {
    const keys = row.filter((_, at) => this.#target[at]?.key === true);
    return JSON.stringify(keys, (_, value: unknown) =>
      typeof value === "bigint" ? `${value}n` : value,
    );
  }
}

const INSERT = '{"insert":'.length;
const DELETE = '{"delete":'.length;
const NULL = "null".length;
