/** Update formats: what an event of a JSON stream asks of its table. */

import { type Operation } from "@tidemark/connector";
import { type Table } from "@tidemark/program";

import { type ChangesBuilder } from "./changes-builder.ts";
import { DebeziumEvents } from "./debezium-events.ts";
import { isJsonObject, type JsonRecord } from "./json-fields.ts";
import { type JsonFlavor } from "./json-flavor.ts";
import { type RowReader, rowReader } from "./json-row.ts";
import { ValueFault, wrongType } from "./value-fault.ts";

/** An update format, for one table. */
export interface EventReader {
  /** Adds what one event asks for; throws `ValueFault`, and may then have added a part. */
  readonly apply: (event: unknown, changes: ChangesBuilder) => void;
  /** How a message names an event, for example `a single-row update`. */
  readonly what: string;
  readonly example: string | null;
}

/** The update formats that can be read. */
export const updateFormats = ["insert_delete", "raw", "debezium"] as const;

/** Builds the reader of an update format. */
export function eventReader(
  updateFormat: (typeof updateFormats)[number],
  table: Table,
  flavor: JsonFlavor,
): EventReader {
  const reader = (operation: Operation): RowReader => rowReader(table, flavor, operation);
  switch (updateFormat) {
    case "raw":
      return rawReader(reader("insert"));
    case "debezium":
      return debeziumReader(table, flavor);
    case "insert_delete":
      break;
  }
  const update = table.primaryKey.length > 0 ? reader("update") : undefined;
  return insertDeleteReader(reader("delete"), reader("insert"), update);
}

function rawReader(insert: RowReader): EventReader {
  return {
    what: "a record",
    example: null,
    apply: (event, changes) => changes.add("insert", insert(event)),
  };
}

function insertDeleteReader(
  remove: RowReader,
  insert: RowReader,
  update: RowReader | undefined,
): EventReader {
  return {
    what: "a single-row update",
    example: `Example valid JSON: '{"insert": {...} }'`,
    apply: (event, changes) => {
      const parts = insertDelete(expectObject(event));
      const { delete: deleted, insert: inserted, update: updated } = parts;
      if (deleted !== undefined) changes.add("delete", remove(deleted));
      if (inserted !== undefined) changes.add("insert", insert(inserted));
      if (updated === undefined) return;
      if (update === undefined) {
        throw new ValueFault("`update` events need a table with a primary key");
      }
      changes.add("update", update(updated));
    },
  };
}

function insertDelete(event: JsonRecord): {
  readonly delete: unknown;
  readonly insert: unknown;
  readonly update: unknown;
} {
  const found = {
    delete: event["delete"] ?? undefined,
    insert: event["insert"] ?? undefined,
    update: event["update"] ?? undefined,
  };
  if (found.delete === undefined && found.insert === undefined && found.update === undefined) {
    throw new ValueFault("expected one of `insert`, `delete`, `update`");
  }
  return found;
}

function debeziumReader(table: Table, flavor: JsonFlavor): EventReader {
  const events = new DebeziumEvents(table, flavor);
  return {
    what: "a Debezium CDC event",
    example: `Example valid JSON: '{"payload": {"op": "u", "before": {...}, "after": {...} } }'`,
    apply: (event, changes) => events.apply(event, changes),
  };
}

function expectObject(value: unknown): JsonRecord {
  if (!isJsonObject(value)) throw wrongType(value, "a map");
  return value;
}
