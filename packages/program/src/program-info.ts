/** What a program declares, as the documented `program_info` answers it. */

import { type ColumnType, type Field } from "./column-type.ts";
import { type Identifier, spell } from "./identifier.ts";
import {
  type Column,
  type ConnectorDeclaration,
  type JsonObject,
  type JsonValue,
  type Program,
  type Span,
  type Table,
  type View,
} from "./program.ts";
import { redactedObject, redactedText } from "./secrets.ts";

/** The columns of the views, by name: what only an engine knows. */
export type ViewColumns = ReadonlyMap<string, readonly Pick<Column, "id" | "type" | "nullable">[]>;

/** Builds `program_info`. LOCAL views are not part of it. */
export function programInfo(program: Program, views: ViewColumns): JsonObject {
  const outputs = program.views.filter((view) => !view.local);
  return {
    schema: {
      inputs: program.tables.map((table) => relation(table, table.columns, primaryKey(table))),
      outputs: outputs.map((view) => relation(view, views.get(view.id.name) ?? [], null)),
    },
    udf_stubs: "",
    input_connectors: connectors(program.tables),
    output_connectors: connectors(outputs),
  };
}

function primaryKey(table: Table): JsonValue {
  if (table.primaryKey.length === 0) return null;
  return table.primaryKey.map((index) => table.columns[index]?.id.name ?? "");
}

function relation(
  declared: Table | View,
  columns: readonly Pick<Column, "id" | "type" | "nullable" | "defaultSql">[],
  key: JsonValue,
): JsonObject {
  return {
    ...identifierJson(declared.id),
    fields: columns.map((column) => ({
      ...fieldJson(column.id, column.type, column.nullable),
      default: column.defaultSql ?? null,
    })),
    materialized: declared.materialized,
    primary_key: key,
    properties: properties(declared),
  };
}

function identifierJson(id: Identifier): JsonObject {
  return { name: id.name, case_sensitive: id.quoted };
}

function fieldJson(id: Identifier, type: ColumnType, nullable: boolean): JsonObject {
  return {
    ...identifierJson(id),
    columntype: columnTypeJson(type, nullable),
    default: null,
    lateness: null,
    unused: false,
    watermark: null,
  };
}

function columnTypeJson(type: ColumnType, nullable: boolean): JsonObject {
  const bare = { type: typeName(type), nullable, precision: null, scale: null };
  const parts = { component: null, fields: null, key: null, value: null };
  switch (type.kind) {
    case "decimal":
      return { ...bare, ...parts, precision: type.precision, scale: type.scale };
    case "text":
    case "binary":
      return { ...bare, ...parts, precision: type.length ?? -1 };
    case "time":
    case "timestamp":
      return { ...bare, ...parts, precision: type.precision ?? 0 };
    case "array":
      return { ...bare, ...parts, component: columnTypeJson(type.element, true) };
    case "map":
      return {
        ...bare,
        ...parts,
        key: columnTypeJson(type.key, false),
        value: columnTypeJson(type.value, true),
      };
    case "row":
      return { ...bare, ...parts, fields: type.fields.map(rowField) };
    case "boolean":
    case "integer":
    case "real":
    case "double":
    case "date":
    case "uuid":
    case "variant":
      break;
  }
  return { ...bare, ...parts };
}

function rowField(field: Field): JsonObject {
  return fieldJson(field, field.type, field.nullable);
}

const INTEGER_NAMES = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" } as const;

/** The type's name on the wire, which is not always its SQL name. */
function typeName(type: ColumnType): string {
  switch (type.kind) {
    case "integer":
      return `${type.unsigned ? "U" : ""}${INTEGER_NAMES[type.bits]}`;
    case "text":
      return type.fixed ? "CHAR" : "VARCHAR";
    case "binary":
      return type.fixed ? "BINARY" : "VARBINARY";
    case "row":
      return "STRUCT";
    case "array":
    case "boolean":
    case "date":
    case "decimal":
    case "double":
    case "map":
    case "real":
    case "time":
    case "timestamp":
    case "uuid":
    case "variant":
      break;
  }
  return type.kind.toUpperCase();
}

function properties(declared: Table | View): JsonObject {
  const position = (key: string, part: "key" | "value"): JsonObject =>
    positionJson(declared.propertyPositions?.[key]?.[part] ?? declared.span);
  return Object.fromEntries(
    Object.entries(declared.properties).map(([key, value]) => [
      key,
      {
        value: redactedText(value),
        key_position: position(key, "key"),
        value_position: position(key, "value"),
      },
    ]),
  );
}

function positionJson(span: Span): JsonObject {
  return {
    start_line_number: span.startLine,
    start_column: span.startColumn,
    end_line_number: span.endLine,
    end_column: span.endColumn,
  };
}

function connectors(relations: readonly (Table | View)[]): JsonObject {
  return Object.fromEntries(
    relations.flatMap((declared) =>
      declared.connectors.map((connector) => [
        `${declared.id.name}.${connector.name}`,
        endpointConfig(declared.id, connector),
      ]),
    ),
  );
}

/** The entry as written but for its secrets, with the defaults of what it leaves out. */
function endpointConfig(stream: Identifier, connector: ConnectorDeclaration): JsonObject {
  return {
    stream: spell(stream),
    format: null,
    max_batch_size: null,
    ...redactedObject(connector.declared),
    name: connector.name,
    paused: connector.paused,
    labels: connector.labels,
    max_queued_records: connector.maxQueuedRecords,
    max_queued_bytes: connector.maxQueuedBytes,
    send_snapshot: connector.sendSnapshot,
  };
}
