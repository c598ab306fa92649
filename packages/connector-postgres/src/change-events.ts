/** Change events: what a transaction changed in one table, as the JSON that its decoder reads. */

import { jsonObject, type NamedWriter } from "./json-text.ts";
import {
  type WireColumn,
  type WireMessage,
  type WireOldRow,
  type WireRelation,
  type WireRow,
} from "./pgoutput.ts";
import { type ColumnType, type SourceTable } from "./source-table.ts";

/** A change that can't be followed without losing something; the message says what would help. */
export class UnfollowableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnfollowableError";
  }
}

/** What the events are about. */
export interface EventsOptions {
  readonly source: SourceTable;
  /** Our table has a primary key, so that an insert replaces the row of the same key. */
  readonly keyed: boolean;
}

/** Turns the changes of one table into events, knowing its columns from the message before them. */
export class ChangeEvents {
  readonly #source: SourceTable;
  readonly #keyed: boolean;
  #columns: readonly WireColumn[] = [];
  /** Of each column; undefined for those that are not read. */
  #writers: readonly (NamedWriter | undefined)[] = [];

  constructor({ source, keyed }: EventsOptions) {
    this.#source = source;
    this.#keyed = keyed;
  }

  /** The events of a message, one a line, none where it is not about this table. */
  of(message: WireMessage): readonly string[] {
    switch (message.kind) {
      case "relation":
        this.#describe(message.relation);
        return [];
      case "insert":
        return message.oid === this.#source.oid ? [this.#event("insert", message.row)] : [];
      case "delete":
        return message.oid === this.#source.oid ? [this.#gone(message.old)] : [];
      case "update":
        return message.oid === this.#source.oid ? this.#updated(message.old, message.row) : [];
      case "truncate":
        if (!message.oids.includes(this.#source.oid)) return [];
        throw new UnfollowableError(
          "the source table was truncated, and which of the rows here came from it is not known; to keep this from happening, publish without truncate and delete rows instead",
        );
      case "begin":
      case "commit":
      case "other":
        return [];
      default:
        throw new TypeError(`unknown message ${String(message satisfies never)}`);
    }
  }

  /** Rows of before are not sent again when a column changes, so what they hold in it is not known. */
  #describe({ oid, schema, name, columns }: WireRelation): void {
    if (oid !== this.#source.oid) {
      if (schema !== this.#source.schema || name !== this.#source.name) return;
      throw new UnfollowableError(
        `the source table '${schema}.${name}' was dropped and made anew, or swapped with another`,
      );
    }
    const now = new Map(columns.map((column) => [column.name, column]));
    for (const [column, type] of this.#source.columns) {
      const found = now.get(column);
      if (found === undefined) {
        throw new UnfollowableError(
          `the column '${column}' of the source table was dropped or renamed, or is not published any more`,
        );
      }
      if (!sameType(type, found)) {
        throw new UnfollowableError(
          `the type of the column '${column}' of the source table was changed`,
        );
      }
    }
    this.#columns = columns;
    this.#writers = columns.map(({ name: column }) => this.#source.columns.get(column));
  }

  #updated(old: WireOldRow | undefined, row: WireRow): readonly string[] {
    const partial = row.includes(undefined);
    if (old === undefined) {
      if (!this.#keyed) throw new UnfollowableError(NEEDS_WHOLE);
      return [this.#event(partial ? "update" : "insert", row)];
    }
    if (partial && !old.whole) throw new UnfollowableError(NEEDS_WHOLE);
    const now = row.map((text, at) => (text === undefined ? old.row[at] : text));
    return [this.#gone(old), this.#event("insert", now)];
  }

  /** Without the whole row, only the columns of the replica identity were sent. */
  #gone({ whole, row }: WireOldRow): string {
    const known = whole ? row : row.map((text, at) => (this.#columns[at]?.key ? text : undefined));
    return this.#event("delete", known);
  }

  #event(what: "insert" | "delete" | "update", row: WireRow): string {
    return `{"${what}":${jsonObject(this.#writers, row)}}`;
  }
}

type Typed = Pick<ColumnType, "oid" | "modifier">;

/** Only a number's digits and scale change what is stored when they change. */
function sameType(before: Typed, now: Typed): boolean {
  return before.oid === now.oid && (now.oid !== NUMERIC || before.modifier === now.modifier);
}

const NUMERIC = 1700;

const NEEDS_WHOLE =
  "a change of the source table doesn't carry the whole row before it: ALTER TABLE … REPLICA IDENTITY FULL";
