/** Text tables: rows drawn with borders, a bounded number at a time. */

import { type OutputColumn, type QueryResult, type Value } from "@tidemark/connector";
import { queryStyle, scalarText } from "@tidemark/format";

/** The most characters of a value that are shown, as in the original. */
const CELL_LENGTH = 64;
/** How many rows are looked at before their columns' widths are settled. */
const PAGE_ROWS = 1000;

/**
 * A bordered table with a heading; NULL is blank, and a longer value than 64 characters is cut and
 * ends in `...`. Columns are as wide as the widest value of the first 1000 rows; a later 1000 rows
 * with wider ones widen them from there on, so that no more is held however many rows there are.
 */
export async function* textTable({ columns, rows }: QueryResult): AsyncGenerator<string> {
  const heading = columns.map(({ id }) => cut(id.name));
  let widths = heading.map(lengthOf);
  let isFirst = true;
  for await (const page of pages(columns, rows)) {
    widths = widths.map((width, i) =>
      page.reduce((widest, row) => Math.max(widest, lengthOf(row[i] ?? "")), width),
    );
    yield (isFirst ? head(heading, widths) : "") + page.map((row) => line(row, widths)).join("");
    isFirst = false;
  }
  yield (isFirst ? head(heading, widths) : "") + border(widths);
}

type Page = readonly (readonly string[])[];

async function* pages(
  columns: readonly OutputColumn[],
  rows: QueryResult["rows"],
): AsyncGenerator<Page> {
  let page: (readonly string[])[] = [];
  for await (const piece of rows) {
    for (const row of piece) {
      page.push(cells(columns, row));
      if (page.length < PAGE_ROWS) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

function cells(columns: readonly OutputColumn[], row: readonly Value[]): readonly string[] {
  return columns.map(({ type }, i) => cut(scalarText(type, row[i] ?? null, queryStyle)));
}

/** A line end would break the table, so it is shown as it is spelled. */
function cut(text: string): string {
  const start = text.length > CELL_LENGTH ? Array.from(text.slice(0, 2 * CELL_LENGTH + 2)) : [];
  const shown = start.length > CELL_LENGTH ? `${start.slice(0, CELL_LENGTH).join("")}...` : text;
  return shown.replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}

function head(heading: readonly string[], widths: readonly number[]): string {
  return border(widths) + line(heading, widths) + border(widths);
}

function border(widths: readonly number[]): string {
  return `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
}

function line(row: readonly string[], widths: readonly number[]): string {
  const padded = row.map((text, i) => ` ${text}${" ".repeat((widths[i] ?? 0) - lengthOf(text))} `);
  return `|${padded.join("|")}|\n`;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
