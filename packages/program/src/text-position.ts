/** Places in a program text: from offsets to lines and columns. */

import { type Span } from "./program.ts";

/** A stretch of a text by offsets in UTF-16 units, its end not included. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Finds lines and columns in one text. */
export class TextPositions {
  readonly #text: string;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.#text = text;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** The span of a range; its end is the last character in it, or its start where it is empty. */
  span(range: Range): Span {
    const last = Math.max(range.start, range.end - 1);
    const [startLine, startColumn] = this.#locate(range.start);
    const [endLine, endColumn] = this.#locate(last);
    return { startLine, startColumn, endLine, endColumn };
  }

  /** The lines that a span touches, numbered, with the first one underlined. */
  snippet(span: Span): string {
    const lastShown = Math.min(span.endLine, span.startLine + 2);
    const shown: string[] = [];
    for (let line = span.startLine; line <= lastShown; line += 1) {
      const text = this.#line(line);
      shown.push(`${String(line).padStart(5)}|${text}`);
      if (line === span.startLine) {
        const end =
          span.endLine === line ? span.endColumn : Math.max(text.length, span.startColumn);
        const marks = "^".repeat(Math.max(1, end - span.startColumn + 1));
        shown.push(" ".repeat(6 + span.startColumn - 1) + marks);
      }
    }
    return `${shown.join("\n")}\n`;
  }

  #line(line: number): string {
    const start = this.#lineStarts[line - 1] ?? this.#text.length;
    const next = this.#lineStarts[line] ?? this.#text.length + 1;
    return this.#text.slice(start, next - 1).replace(/\r$/, "");
  }

  #locate(offset: number): readonly [line: number, column: number] {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return [low + 1, offset - (this.#lineStarts[low] ?? 0) + 1];
  }
}
