/** Refused changes: those that can't be written as a connector is configured, found and named. */

import { ConfigError } from "./config-error.ts";
import { type Encoder } from "./format.ts";
import { type RefusedRow } from "./sink.ts";
import { type OutputColumn, type Value, type ViewChange } from "./value.ts";

/** More of a row is not shown. */
const SHOWN_CHARACTERS = 200;

/** Gathers the changes of a step that can't be written. */
export class RefusedChanges {
  readonly #columns: readonly OutputColumn[];
  readonly #rows: RefusedRow[] = [];

  constructor(columns: readonly OutputColumn[]) {
    this.#columns = columns;
  }

  /** Those that were refused, in order. */
  get rows(): readonly RefusedRow[] {
    return this.#rows;
  }

  /** Refuses one, naming its row. */
  add(change: ViewChange, why: string): void {
    const message = `row ${this.#shown(change.row)}: ${why}`;
    this.#rows.push({ change, column: null, message });
  }

  /** The changes that an encoder can write; the others are refused. */
  encodable(encoder: Encoder, changes: readonly ViewChange[]): readonly ViewChange[] {
    if (faultOf(encoder, changes) === undefined) return changes;
    return changes.filter((change) => {
      const fault = faultOf(encoder, [change]);
      if (fault !== undefined) this.add(change, fault.message);
      return fault === undefined;
    });
  }

  #shown(row: readonly Value[]): string {
    const values = row.map((value, at) => `${this.#columns[at]?.id.name ?? at} ${shown(value)}`);
    return cut(values.join(", "));
  }
}

/** What an encoder can't write as it is configured; other errors are thrown. */
function faultOf(encoder: Encoder, changes: readonly ViewChange[]): ConfigError | undefined {
  try {
    encoder.encode(changes);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function shown(value: Value): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? part.toString() : part,
  );
  return cut(text);
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
