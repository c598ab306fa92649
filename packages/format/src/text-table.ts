/** Draws rows as a table of characters. */

import { type OutputColumn, type Value } from "@tidemark/connector";

import { scalarText } from "./json-text.ts";

/** A bordered table with a heading, its columns as wide as their widest value; NULL is blank. */
export function renderTextTable(
  columns: readonly OutputColumn[],
  rows: readonly (readonly Value[])[],
): string {
  const heading = columns.map((column) => column.id.name);
  const cells = rows.map((row) =>
    columns.map(({ type }, index) => escape(scalarText(type, row[index] ?? null))),
  );
  const widths = heading.map((name, index) =>
    cells.reduce((width, row) => Math.max(width, columnsOf(row[index] ?? "")), columnsOf(name)),
  );
  const border = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const line = (row: readonly string[]): string => `|${row.map(pad(widths)).join("|")}|\n`;
  return border + line(heading) + border + cells.map(line).join("") + border;
}

function pad(widths: readonly number[]): (text: string, index: number) => string {
  return (text, index) => ` ${text}${" ".repeat((widths[index] ?? 0) - columnsOf(text))} `;
}

/** A line end would break the table, so it is shown as it is spelled. */
function escape(text: string): string {
  return text.replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}

function columnsOf(text: string): number {
  return Array.from(text).length;
}
