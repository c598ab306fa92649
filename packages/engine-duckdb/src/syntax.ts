/** Syntax: one SELECT statement as DuckDB's own parser reads it. */

import { type DuckDBConnection } from "@duckdb/node-api";

/** A node of a syntax tree. */
export type Node = Readonly<Record<string, unknown>>;

/** What parsing answers. */
export type ParsedSelect =
  | { readonly kind: "select"; readonly root: Node }
  | { readonly kind: "invalid"; readonly message: string };

/** Reads a text that must hold exactly one statement which only reads. */
export async function parseSelect(
  connection: DuckDBConnection,
  sql: string,
): Promise<ParsedSelect> {
  const result = await connection.runAndReadAll("SELECT json_serialize_sql($1::VARCHAR)", [sql]);
  const text = result.value(0, 0);
  const parsed: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
  if (!isNode(parsed)) return { kind: "invalid", message: "the statement can't be read" };
  if (parsed["error"] === true) return { kind: "invalid", message: parseMessage(parsed) };
  const statements: unknown = parsed["statements"];
  const [first, second] = Array.isArray(statements) ? nodes(statements) : [];
  if (first === undefined) return { kind: "invalid", message: "No SQL statements were provided" };
  if (second !== undefined) {
    return { kind: "invalid", message: "Only a single SQL statement is supported" };
  }
  const root = first["node"];
  return isNode(root)
    ? { kind: "select", root }
    : { kind: "invalid", message: "the statement can't be read" };
}

/** Whether a value is an object of the tree. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Those items that are objects. */
export function nodes(items: readonly unknown[]): readonly Node[] {
  return items.filter(isNode);
}

/** A field that should hold a text; empty where it does not. */
export function textAt(node: Node, field: string): string {
  const value = node[field];
  return typeof value === "string" ? value : "";
}

function parseMessage(parsed: Node): string {
  const message = textAt(parsed, "error_message");
  if (textAt(parsed, "error_type") === "parser") return `Parser Error: ${message}`;
  return "Only SELECT statements are supported";
}
