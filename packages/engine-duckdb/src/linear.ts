/** Linear views: filters and projections of one table, whose changes follow from the table's own. */

import { type Functions } from "./catalog.ts";
import { type CreatedView } from "./relations.ts";
import { quoteName } from "./sql-text.ts";
import { isNode, type Node, textAt } from "./syntax.ts";

/** A chain of linear views down to its table. */
export interface Lineage {
  /** Lower-case name of the table. */
  readonly table: string;
  /** From the one that reads the table to the view itself. */
  readonly views: readonly CreatedView[];
}

/** Kinds of expressions that look at nothing but the row at hand. */
const ROW_WISE: ReadonlySet<string> = new Set([
  "BETWEEN",
  "CASE",
  "CAST",
  "COLLATE",
  "COLUMN_REF",
  "COMPARISON",
  "CONJUNCTION",
  "CONSTANT",
  "FUNCTION",
  "LAMBDA",
  "LAMBDA_REF",
  "OPERATOR",
  "STAR",
  "TYPE",
]);

/** The chain below a view, where all of it is linear. */
export function lineageOf(
  view: CreatedView,
  views: ReadonlyMap<string, CreatedView>,
  functions: Functions,
): Lineage | undefined {
  const source = linearSource(view.root, functions);
  if (source === undefined) return undefined;
  const below = views.get(source);
  if (below === undefined) return { table: source, views: [view] };
  const lineage = lineageOf(below, views, functions);
  return lineage && { table: lineage.table, views: [...lineage.views, view] };
}

/** The chain's rows for the table's rows in `rows`, as a query. */
export function lineageSql(lineage: Lineage, tableName: string, rows: string): string {
  const last = lineage.views.at(-1);
  const parts = lineage.views.map(({ view, columns }) => {
    const list = columns.map(({ id }) => quoteName(id.name)).join(", ");
    return `${quoteName(view.id.name)} (${list}) AS (${view.query}\n)`;
  });
  const all = [`${quoteName(tableName)} AS (${rows})`, ...parts].join(", ");
  return `WITH ${all} SELECT * FROM ${quoteName(last?.view.id.name ?? "")}`;
}

/** The one relation that a linear SELECT reads. */
function linearSource(root: Node, functions: Functions): string | undefined {
  const from = root["from_table"];
  const isLinear =
    textAt(root, "type") === "SELECT_NODE" &&
    isNode(from) &&
    isPlainSource(from) &&
    isEmptyList(root["modifiers"]) &&
    isEmptyList(root["group_expressions"]) &&
    isEmptyList(root["group_sets"]) &&
    textAt(root, "aggregate_handling") === "STANDARD_HANDLING" &&
    ["having", "sample", "qualify"].every((field) => root[field] === null) &&
    isNode(root["cte_map"]) &&
    isEmptyList(root["cte_map"]["map"]) &&
    isRowWise(root["select_list"], functions) &&
    isRowWise(root["where_clause"], functions);
  return isLinear ? textAt(from, "table_name").toLowerCase() : undefined;
}

function isPlainSource(from: Node): boolean {
  return (
    textAt(from, "type") === "BASE_TABLE" &&
    textAt(from, "schema_name") === "" &&
    textAt(from, "catalog_name") === "" &&
    from["sample"] === null &&
    from["at_clause"] === null
  );
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Whether all expressions in a part of the tree look at nothing but the row at hand. */
function isRowWise(value: unknown, functions: Functions): boolean {
  if (Array.isArray(value)) return value.every((item) => isRowWise(item, functions));
  if (!isNode(value)) return true;
  const kind = textAt(value, "class");
  if (kind !== "" && !ROW_WISE.has(kind)) return false;
  if (kind === "FUNCTION" && !isPureCall(value, functions)) return false;
  return Object.values(value).every((item) => isRowWise(item, functions));
}

function isPureCall(call: Node, functions: Functions): boolean {
  return (
    functions.pure.has(textAt(call, "function_name").toLowerCase()) &&
    call["distinct"] === false &&
    call["filter"] === null
  );
}
