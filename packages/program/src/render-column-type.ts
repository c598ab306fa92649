/** Spells a column type as SQL. */

import { type ColumnType, type Field } from "./column-type.ts";
import { spell } from "./identifier.ts";

const INTEGER_NAMES = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" } as const;

/** The SQL text of a type, in the spelling that a program would use. */
export function renderColumnType(type: ColumnType): string {
  switch (type.kind) {
    case "integer":
      return `${INTEGER_NAMES[type.bits]}${type.unsigned ? " UNSIGNED" : ""}`;
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "text":
      return `${type.fixed ? "CHAR" : "VARCHAR"}${renderLength(type.length)}`;
    case "binary":
      return `${type.fixed ? "BINARY" : "VARBINARY"}${renderLength(type.length)}`;
    case "array":
      return `${renderColumnType(type.element)} ARRAY`;
    case "map":
      return `MAP<${renderColumnType(type.key)}, ${renderColumnType(type.value)}>`;
    case "row":
      return `ROW(${type.fields.map(renderField).join(", ")})`;
    case "time":
    case "timestamp":
      return type.kind.toUpperCase() + renderLength(type.precision);
    case "boolean":
    case "real":
    case "double":
    case "date":
    case "uuid":
    case "variant":
      break;
  }
  return type.kind.toUpperCase();
}

function renderLength(length: number | undefined): string {
  return length === undefined ? "" : `(${length})`;
}

function renderField(field: Field): string {
  const id = { name: field.name.replaceAll('"', '""'), quoted: field.quoted };
  return `${spell(id)} ${renderColumnType(field.type)}${field.nullable ? "" : " NOT NULL"}`;
}
