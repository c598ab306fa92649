/** The `debezium` update format: what an event of a change stream asks of its table. */

import { isDeepStrictEqual } from "node:util";

import { type Row, type Value } from "@tidemark/connector";
import { type Table } from "@tidemark/program";

import { type ChangesBuilder } from "./changes-builder.ts";
import { bySchema, fieldSchemas } from "./debezium-types.ts";
import { isUnavailable } from "./debezium-unavailable.ts";
import { fieldMatcher, isJsonObject, type JsonRecord } from "./json-fields.ts";
import { type JsonFlavor } from "./json-flavor.ts";
import { type RowReader, rowReader } from "./json-row.ts";
import { ValueFault, wrongType } from "./value-fault.ts";

const KINDS = "`c`, `r`, `u`, `d`, `t` or `m`";

/** A change event; a row is undefined where the event does not have it. */
interface ChangeEvent {
  readonly op: unknown;
  readonly before: SourceRow | undefined;
  readonly after: SourceRow | undefined;
}

/** A row of the source, its values as the flavors of Debezium read them. */
interface SourceRow {
  readonly values: unknown;
  /** The fields that the source did not give the values of. */
  readonly unavailable: JsonRecord;
}

/** Applies events to one table; throws `ValueFault`, and may then have added a part. */
export class DebeziumEvents {
  readonly #table: Table;
  readonly #remove: RowReader;
  readonly #insert: RowReader;
  readonly #update: RowReader;
  readonly #match: (record: JsonRecord) => readonly unknown[];

  constructor(table: Table, flavor: JsonFlavor) {
    this.#table = table;
    this.#remove = rowReader(table, flavor, "delete");
    this.#insert = rowReader(table, flavor, "insert");
    this.#update = rowReader(table, flavor, "update");
    this.#match = fieldMatcher(table.columns.map(({ id }) => id));
  }

  apply(event: unknown, changes: ChangesBuilder): void {
    const change = changeOf(event);
    if (change === undefined) return;
    const { before, after } = change;
    switch (change.op ?? implied(change)) {
      case "c":
      case "r":
        return changes.add("insert", this.#whole(needed(after, "after"), this.#insert));
      case "u":
        return this.#change(before, needed(after, "after"), changes);
      case "d":
        return this.#delete(before, "delete", changes);
      case "t":
        return changes.add("truncate", []);
      case "m":
        return undefined;
      default:
        throw new ValueFault(`unknown \`op\`: expected ${KINDS}`);
    }
  }

  get #isKeyed(): boolean {
    return this.#table.primaryKey.length > 0;
  }

  #change(before: SourceRow | undefined, after: SourceRow, changes: ChangesBuilder): void {
    const missing = this.#missing(after);
    if (!this.#isKeyed || missing === undefined) {
      if (before !== undefined || !this.#isKeyed) this.#delete(before, "update", changes);
      return changes.add("insert", this.#whole(after, this.#insert));
    }
    const row = this.#partial(after);
    if (before !== undefined) this.#refuseOtherKey(this.#remove(before.values), row, missing);
    return changes.add("update", row);
  }

  #delete(before: SourceRow | undefined, what: string, changes: ChangesBuilder): void {
    if (before === undefined) {
      const remedy = "set REPLICA IDENTITY FULL of the source's table, or declare a primary key";
      throw new ValueFault(
        this.#isKeyed
          ? `the ${what} has no \`before\`, so that its key is not known`
          : `the ${what} has no \`before\`, which a table without a primary key needs: ${remedy}`,
      );
    }
    const row = this.#isKeyed ? this.#remove(before.values) : this.#whole(before, this.#remove);
    changes.add("delete", row);
  }

  /** A row of which every value is needed. */
  #whole(row: SourceRow, read: RowReader): Row {
    const missing = this.#missing(row);
    if (missing === undefined) return read(row.values);
    throw new ValueFault(
      `the value of field '${missing}' is not available (the source did not log it), and there is no ` +
        "stored one to keep: set REPLICA IDENTITY FULL of the source's table",
      missing,
    );
  }

  /** A row that keeps the stored values of what is not available; what is left out becomes NULL. */
  #partial(row: SourceRow): Row {
    const unavailable = this.#match(row.unavailable);
    const keys = this.#table.primaryKey;
    return this.#update(row.values).map((value, at): Value | undefined => {
      const column = this.#table.columns[at];
      const isLeftOut = value === undefined && unavailable[at] === undefined && !keys.includes(at);
      if (!isLeftOut || column === undefined || column.defaultSql !== undefined) return value;
      if (column.nullable) return null;
      throw new ValueFault(`missing field \`${column.id.name}\``, column.id.name);
    });
  }

  #refuseOtherKey(before: Row, after: Row, missing: string): void {
    if (this.#table.primaryKey.every((at) => isDeepStrictEqual(before[at], after[at]))) return;
    throw new ValueFault(
      `the update changes the key, and the value of field '${missing}' is not available`,
      missing,
    );
  }

  /** A column of the row whose value is not available, if there is one. */
  #missing(row: SourceRow): string | undefined {
    const at = this.#match(row.unavailable).findIndex((value) => value !== undefined);
    return this.#table.columns[at]?.id.name;
  }
}

/** Takes an event out of its envelope; undefined where it is none of a row. */
function changeOf(event: unknown): ChangeEvent | undefined {
  if (event === null) return undefined;
  if (!isJsonObject(event)) throw wrongType(event, "a map");
  const payload = event["payload"] === undefined && isBare(event) ? event : event["payload"];
  if (payload === undefined) throw new ValueFault("missing field `payload`");
  if (payload === null) return undefined;
  if (!isJsonObject(payload)) throw wrongType(payload, "a map");
  if (isNoChange(payload)) return undefined;
  const schemas = fieldSchemas(event["schema"]);
  return {
    op: payload["op"] ?? undefined,
    before: sourceRow(payload["before"], schemas.get("before")),
    after: sourceRow(payload["after"], schemas.get("after")),
  };
}

/** Events without an envelope, as written with `schemas.enable` off. */
function isBare(event: JsonRecord): boolean {
  const { op } = event;
  return "before" in event || "after" in event || op === "t" || op === "m" || isNoChange(event);
}

/** Heartbeats, the beginnings and ends of transactions, and changes of the source's schema. */
function isNoChange(payload: JsonRecord): boolean {
  if ("op" in payload || "before" in payload || "after" in payload) return false;
  const isTransaction = payload["status"] === "BEGIN" || payload["status"] === "END";
  const isHeartbeat =
    "ts_ms" in payload && Object.keys(payload).every((key) => key.startsWith("ts_"));
  return isTransaction || isHeartbeat || "ddl" in payload || "tableChanges" in payload;
}

function sourceRow(record: unknown, schema: unknown): SourceRow | undefined {
  if (record === undefined || record === null) return undefined;
  if (!isJsonObject(record)) return { values: record, unavailable: {} };
  const schemas = fieldSchemas(schema);
  const values: [string, unknown][] = [];
  const unavailable: [string, unknown][] = [];
  for (const [name, value] of Object.entries(record)) {
    if (isUnavailable(value)) unavailable.push([name, true]);
    else values.push([name, bySchema(value, schemas.get(name))]);
  }
  return { values: Object.fromEntries(values), unavailable: Object.fromEntries(unavailable) };
}

/** What an event without `op` asks for. */
function implied({ before, after }: ChangeEvent): string {
  if (after === undefined) return before === undefined ? "" : "d";
  return before === undefined ? "c" : "u";
}

function needed(row: SourceRow | undefined, name: string): SourceRow {
  if (row === undefined) throw new ValueFault(`missing field \`${name}\``);
  return row;
}
