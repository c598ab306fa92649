/** Change events: what a transaction changed in one table, as the JSON that its decoder reads. */

import { type WireColumn, type WireMessage, type WireOldRow, type WireRow } from "./pgoutput.ts";
import { jsonObject } from "./json-text.ts";

/** A change that can't be followed without losing something; the message says what would help. */
export class UnfollowableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnfollowableError";
  }
}

/** Turns the changes of one table into events, knowing its columns from the message before them. */
export class ChangeEvents {
  readonly #oid: number;
  readonly #keyed: boolean;
  #columns: readonly WireColumn[] = [];

  /** `keyed`: our table has a primary key, so that an insert replaces the row of the same key. */
  constructor(oid: number, { keyed }: { readonly keyed: boolean }) {
    this.#oid = oid;
    this.#keyed = keyed;
  }

  /** The events of a message, one a line, none where it is not about this table. */
  of(message: WireMessage): readonly string[] {
    switch (message.kind) {
      case "relation":
        if (message.relation.oid === this.#oid) this.#columns = message.relation.columns;
        return [];
      case "insert":
        return message.oid === this.#oid ? [this.#event("insert", message.row)] : [];
      case "delete":
        return message.oid === this.#oid ? [this.#gone(message.old)] : [];
      case "update":
        return message.oid === this.#oid ? this.#updated(message.old, message.row) : [];
      case "truncate":
        if (!message.oids.includes(this.#oid)) return [];
        throw new UnfollowableError(
          "the source table was truncated, which can't be followed; clear the pipeline's storage to read the table afresh, and publish without truncate to keep this from happening",
        );
      case "begin":
      case "commit":
      case "other":
        return [];
      default:
        throw new TypeError(`unknown message ${String(message satisfies never)}`);
    }
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
    return `{"${what}":${jsonObject(this.#columns, row)}}`;
  }
}

const NEEDS_WHOLE =
  "a change of the source table doesn't carry the whole row before it; ALTER TABLE … REPLICA IDENTITY FULL, then clear the pipeline's storage to read the table afresh";
