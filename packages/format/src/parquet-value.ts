/** Converts values of Parquet files, as they are stored, into their column's representation. */

import { type Value } from "@tidemark/connector";
import { type Column, type ColumnType, type Identifier, renderColumnType } from "@tidemark/program";
import { type SchemaTree } from "hyparquet";

import { isJsonObject } from "./json-fields.ts";
import { leafReader } from "./parquet-leaf.ts";
import { asFault } from "./record-error.ts";
import { ValueFault, wrongType } from "./value-fault.ts";

/** Converts one value; throws `ValueFault`. */
export type ParquetReader = (value: unknown) => Value;

/** Builds the reader of a type for a node of a file's schema; throws `ValueFault` where it does not fit. */
function parquetReader(type: ColumnType, node: SchemaTree): ParquetReader {
  switch (type.kind) {
    case "array":
      return readArray(type, node);
    case "map":
      return readMap(type, node);
    case "row":
      return readRow(type, node);
    case "boolean":
    case "integer":
    case "decimal":
    case "real":
    case "double":
    case "text":
    case "binary":
    case "date":
    case "time":
    case "timestamp":
    case "uuid":
    case "variant":
      break;
  }
  if (node.children.length > 0) throw misfit(type, node);
  return leafReader(type, node.element);
}

function nullable(read: ParquetReader): ParquetReader {
  return (value) => (value === undefined || value === null ? null : read(value));
}

function readArray(type: ColumnType & { kind: "array" }, node: SchemaTree): ParquetReader {
  const element = elementOf(node);
  if (element === undefined) throw misfit(type, node);
  const read = nullable(parquetReader(type.element, element));
  return (value) => {
    if (!Array.isArray(value)) throw wrongType(value, "a list");
    return value.map(read);
  };
}

/** A list's element, which stands in a repeated group of its own or is repeated itself. */
function elementOf(node: SchemaTree): SchemaTree | undefined {
  const [list] = node.children;
  if (list === undefined || node.children.length !== 1) return undefined;
  if (list.element.repetition_type !== "REPEATED") return undefined;
  const [element] = list.children;
  return element !== undefined && list.children.length === 1 ? element : list;
}

/** The Parquet reader gives maps as objects, so only keys that are texts keep their type. */
function readMap(type: ColumnType & { kind: "map" }, node: SchemaTree): ParquetReader {
  const [key, one] = node.children[0]?.children ?? [];
  if (key === undefined || one === undefined) throw misfit(type, node);
  if (type.key.kind !== "text") {
    throw new ValueFault(`column '${node.element.name}': only maps of text keys can be read`);
  }
  const read = nullable(parquetReader(type.value, one));
  return (value) => {
    if (!isJsonObject(value)) throw wrongType(value, "a map");
    return Object.entries(value).map(([name, part]) => [keyText(name), read(part)]);
  };
}

/** The reader spells bytes that are keys as their numbers. */
function keyText(name: string): string {
  if (!/^\d{1,3}(?:,\d{1,3})*$/u.test(name)) return name;
  return Buffer.from(name.split(",").map(Number)).toString("utf8");
}

function readRow(type: ColumnType & { kind: "row" }, node: SchemaTree): ParquetReader {
  const fields = type.fields.map((field) => {
    const id = { name: field.name, quoted: field.quoted };
    const child = childNamed(node, id, type.fields);
    if (child === undefined && !field.nullable) throw misfit(type, node);
    return { child, read: child && fieldReader({ ...field, id }, child) };
  });
  return (value) => {
    if (!isJsonObject(value)) throw wrongType(value, "a row");
    return fields.map(({ child, read }) =>
      child === undefined || read === undefined ? null : read(value[child.element.name]),
    );
  };
}

function misfit(type: ColumnType, node: SchemaTree): ValueFault {
  const { name } = node.element;
  return new ValueFault(`the file's column '${name}' does not fit ${renderColumnType(type)}`, name);
}

/** The reader of a field that may be NULL where it is declared so. */
export function fieldReader(
  field: { readonly id: Identifier } & Pick<Column, "type" | "nullable">,
  node: SchemaTree,
): ParquetReader {
  const { name } = field.id;
  const read = parquetReader(field.type, node);
  return (value) => {
    try {
      if (value !== undefined && value !== null) return read(value);
      if (field.nullable) return null;
      throw new ValueFault("NULL in a column that is NOT NULL");
    } catch (error) {
      throw new ValueFault(`error parsing field '${name}': ${asFault(error).message}`, name);
    }
  };
}

/**
 * The child that a name among others stands for: exactly for quoted names; for others in any case, but
 * for a child that has just the name of another.
 */
export function childNamed(
  node: SchemaTree,
  id: Identifier,
  all: readonly Pick<Identifier, "name">[],
): SchemaTree | undefined {
  const exact = node.children.find((child) => child.element.name === id.name);
  if (exact !== undefined || id.quoted) return exact;
  return node.children.find(
    ({ element }) =>
      element.name.toLowerCase() === id.name && !all.some(({ name }) => name === element.name),
  );
}
