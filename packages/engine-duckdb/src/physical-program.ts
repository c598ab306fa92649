/** Physical programs: a program with the names that the database has for it. */

import { type OutputColumn } from "@tidemark/connector";
import {
  type Column,
  type ColumnType,
  type Identifier,
  type Program,
  type Table,
  type View,
} from "@tidemark/program";

import { type Naming } from "./naming.ts";

/** The program as it is created in the database; it differs in nothing but names. */
export function physicalProgram({ tables, views }: Program, naming: Naming): Program {
  return {
    tables: tables.map((table) => physicalTable(table, naming)),
    views: views.map((view) => physicalView(view, naming)),
  };
}

/** A column of the database as the program has it. */
export function logicalColumn(
  { id, type, nullable }: OutputColumn,
  { logical }: Naming,
): OutputColumn {
  const name = logical(id.name);
  return {
    id: { name, quoted: id.quoted || name !== name.toLowerCase() },
    type: renamedType(type, logical),
    nullable,
  };
}

function physicalTable(table: Table, naming: Naming): Table {
  return {
    ...table,
    id: renamed(table.id, naming.physical),
    columns: table.columns.map((column) => physicalColumn(column, naming)),
  };
}

function physicalColumn({ id, type, nullable, defaultSql }: Column, naming: Naming): Column {
  return {
    id: renamed(id, naming.physical),
    type: renamedType(type, naming.field),
    nullable,
    ...(defaultSql === undefined ? {} : { defaultSql: naming.sql(defaultSql) }),
  };
}

function physicalView(view: View, naming: Naming): View {
  const { columnNames } = view;
  return {
    ...view,
    id: renamed(view.id, naming.physical),
    ...(columnNames === undefined
      ? {}
      : { columnNames: columnNames.map((id) => renamed(id, naming.physical)) }),
    query: naming.sql(view.query),
  };
}

type Rename = (name: string) => string;

function renamed({ name, quoted }: Identifier, rename: Rename): Identifier {
  return { name: rename(name), quoted };
}

function renamedType(type: ColumnType, rename: Rename): ColumnType {
  switch (type.kind) {
    case "array":
      return { ...type, element: renamedType(type.element, rename) };
    case "map":
      return {
        ...type,
        key: renamedType(type.key, rename),
        value: renamedType(type.value, rename),
      };
    case "row":
      return {
        ...type,
        fields: type.fields.map((field) => ({
          ...field,
          name: rename(field.name),
          type: renamedType(field.type, rename),
        })),
      };
    case "binary":
    case "boolean":
    case "date":
    case "decimal":
    case "double":
    case "integer":
    case "real":
    case "text":
    case "time":
    case "timestamp":
    case "uuid":
    case "variant":
      break;
  }
  return type;
}
