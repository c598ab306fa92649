/** References: the relations and functions that a SELECT names. */

import { isNode, type Node, nodes, textAt } from "./syntax.ts";

/** What a SELECT names, in lower case. */
export interface References {
  /** Tables and views, without those that it defines itself. */
  readonly relations: ReadonlySet<string>;
  /** Relations given with a schema or catalog other than the main one. */
  readonly foreign: ReadonlySet<string>;
  readonly tableFunctions: ReadonlySet<string>;
  /** Functions of values, and bare words that are functions where no column has their name. */
  readonly functions: ReadonlySet<string>;
}

/** Collects what a tree names. */
export function references(root: Node): References {
  const found = {
    relations: new Set<string>(),
    foreign: new Set<string>(),
    tableFunctions: new Set<string>(),
    functions: new Set<string>(),
  };
  walk(root, new Set(), found);
  return found;
}

type Found = { readonly [name in keyof References]: Set<string> };

function walk(node: Node, defined: ReadonlySet<string>, found: Found): void {
  visit(node, defined, found);
  const inner = walkDefinitions(node, defined, found);
  for (const [field, value] of Object.entries(node)) {
    if (field === "cte_map") continue;
    walkValue(
      value,
      inner,
      found,
      textAt(node, "type") === "TABLE_FUNCTION" && field === "function",
    );
  }
}

function walkValue(
  value: unknown,
  defined: ReadonlySet<string>,
  found: Found,
  isTable = false,
): void {
  if (Array.isArray(value)) {
    for (const item of value) walkValue(item, defined, found);
  } else if (isNode(value)) {
    if (isTable) found.tableFunctions.add(textAt(value, "function_name").toLowerCase());
    if (isTable) walkValue(value["children"], defined, found);
    else walk(value, defined, found);
  }
}

/** Walks WITH definitions, each of which sees those before it; answers what the body sees. */
function walkDefinitions(
  node: Node,
  defined: ReadonlySet<string>,
  found: Found,
): ReadonlySet<string> {
  const map = node["cte_map"];
  const entries = isNode(map) && Array.isArray(map["map"]) ? nodes(map["map"]) : [];
  const recursive = textAt(node, "type") === "RECURSIVE_CTE_NODE" ? [textAt(node, "cte_name")] : [];
  const inner = new Set([...defined, ...recursive.map((name) => name.toLowerCase())]);
  for (const entry of entries) {
    walkValue(entry["value"], new Set(inner), found);
    inner.add(textAt(entry, "key").toLowerCase());
  }
  return inner;
}

function visit(node: Node, defined: ReadonlySet<string>, found: Found): void {
  switch (textAt(node, "type")) {
    case "BASE_TABLE":
    case "SHOW_REF":
      return visitRelation(node, defined, found);
    case "COLUMN_REF":
      return visitColumn(node, found);
    default: {
      const name = textAt(node, "function_name").toLowerCase();
      if (name !== "") found.functions.add(name);
    }
  }
}

function visitRelation(node: Node, defined: ReadonlySet<string>, found: Found): void {
  const name = textAt(node, "table_name").toLowerCase();
  const schema = textAt(node, "schema_name");
  const catalog = textAt(node, "catalog_name");
  if (textAt(node, "type") === "SHOW_REF" && isNode(node["query"])) return;
  if (catalog !== "" || (schema !== "" && schema.toLowerCase() !== "main")) {
    found.foreign.add([catalog, schema, name].filter((part) => part !== "").join("."));
  } else if (schema !== "" || !defined.has(name)) found.relations.add(name);
}

function visitColumn(node: Node, found: Found): void {
  const names: unknown = node["column_names"];
  const [name, more] = Array.isArray(names) ? names : [];
  if (typeof name === "string" && more === undefined) found.functions.add(name.toLowerCase());
}
