/** Change events: what a transaction changed in one table, as the JSON that its decoder reads. */

import { jsonObject, type NamedWriter } from "./json-text.ts";
import {
  type WireColumn,
  type WireMessage,
  type WireOldRow,
  type WireRelation,
  type WireRow,
} from "./pgoutput.ts";
import { FULL, identityFault, relationFault } from "./relation-check.ts";
import { type SourceTable } from "./source-table.ts";

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
  /**
   * The source's names of the columns of our primary key, by which an insert replaces a row; empty
   * for a table without one.
   */
  readonly key: readonly string[];
}

/** The event of a truncate, which is not a line of JSON. */
export const TRUNCATE = "truncate";

/** Turns the changes of one table into events, knowing its columns from the message before them. */
export class ChangeEvents {
  readonly #source: SourceTable;
  readonly #key: readonly string[];
  #columns: readonly WireColumn[] = [];
  /** Of each column; undefined for those that are not read. */
  #writers: readonly (NamedWriter | undefined)[] = [];
  /** The last message described the table: the next relation is the partition that changes next. */
  #described = false;
  /** Why changes of the partition that was described last can't be applied. */
  #partitionFault: string | undefined;
  /** Old rows that are said to be whole are; not so where a partition's own identity is another. */
  #isWhole = true;

  constructor({ source, key }: EventsOptions) {
    this.#source = source;
    this.#key = key;
  }

  /** The events of a message, none where it is not about this table. */
  of(message: WireMessage): readonly string[] {
    const described = this.#described;
    this.#described = false;
    switch (message.kind) {
      case "relation":
        this.#describe(message.relation, described);
        return [];
      case "insert":
        return this.#isOurs(message) ? [this.#event("insert", message.row)] : [];
      case "delete":
        return this.#isOurs(message) ? [this.#gone(message.old)] : [];
      case "update":
        return this.#isOurs(message) ? this.#updated(message.old, message.row) : [];
      case "truncate":
        // Tables that are truncated together are described one after the other.
        this.#partitionFault = undefined;
        return message.oids.includes(this.#source.oid) ? [TRUNCATE] : [];
      case "begin":
      case "commit":
      case "other":
        return [];
      default:
        throw new TypeError(`unknown message ${String(message satisfies never)}`);
    }
  }

  #isOurs({ oid }: { readonly oid: number }): boolean {
    if (oid !== this.#source.oid) return false;
    if (this.#partitionFault !== undefined) throw new UnfollowableError(this.#partitionFault);
    return true;
  }

  /** Rows that are there are not sent again when a column changes, so what they hold in it is not known. */
  #describe(relation: WireRelation, afterTable: boolean): void {
    const { oid, schema, name } = this.#source;
    if (relation.oid === oid) {
      const fault = relationFault(relation, { source: this.#source, key: this.#key });
      if (fault !== undefined) throw new UnfollowableError(fault);
      this.#columns = relation.columns;
      this.#writers = this.#columns.map((column) => this.#source.columns.get(column.name));
      this.#described = true;
    } else if (relation.schema === schema && relation.name === name) {
      throw new UnfollowableError(
        `the source table '${schema}.${name}' was dropped and created again, or swapped with another`,
      );
    } else if (afterTable) {
      this.#partitionFault ??= identityFault(relation, this.#key);
      if (relation.identity !== FULL) this.#isWhole = false;
    }
  }

  #updated(old: WireOldRow | undefined, row: WireRow): readonly string[] {
    const partial = row.includes(undefined);
    if (old === undefined) {
      if (this.#key.length === 0) throw this.#needsWhole();
      return [this.#event(partial ? "update" : "insert", row)];
    }
    const whole = old.whole && this.#isWhole;
    const now = whole ? row.map((text, at) => (text === undefined ? old.row[at] : text)) : row;
    // The row is not taken away first: where its new values do not fit, it stays as it is.
    if (this.#keepsKey(old.row, now))
      return [this.#event(partial && !whole ? "update" : "insert", now)];
    if (partial && !whole) throw this.#needsWhole();
    return [this.#gone(old), this.#event("insert", now)];
  }

  #keepsKey(old: WireRow, now: WireRow): boolean {
    if (this.#key.length === 0) return false;
    return this.#columns.every(
      ({ name }, at) =>
        !this.#key.includes(name) || (typeof old[at] === "string" && old[at] === now[at]),
    );
  }

  /** Without the whole row, only the columns of the replica identity were sent. */
  #gone({ whole, row }: WireOldRow): string {
    if (!whole && this.#key.length === 0) throw this.#needsWhole();
    const known = whole ? row : row.map((text, at) => (this.#columns[at]?.key ? text : undefined));
    for (const [at, { name }] of this.#columns.entries()) {
      // Sent as NULL, where a partition has another replica identity than the table.
      if (!this.#key.includes(name) || typeof known[at] === "string") continue;
      if (!whole || !this.#isWhole) throw this.#needsWhole(name);
    }
    return this.#event("delete", known);
  }

  #needsWhole(column?: string): UnfollowableError {
    const { schema, name } = this.#source;
    const what = column === undefined ? "the whole row" : `the column '${column}' of the row`;
    return new UnfollowableError(
      `a change of the source table '${schema}.${name}' doesn't carry ${what} before it: ALTER TABLE ${schema}.${name} REPLICA IDENTITY FULL`,
    );
  }

  #event(what: "insert" | "delete" | "update", row: WireRow): string {
    return `{"${what}":${jsonObject(this.#writers, row)}}`;
  }
}
