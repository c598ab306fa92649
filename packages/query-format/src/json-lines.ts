/** JSON lines: one object per row, in pieces that end with a line. */

import { type OutputColumn, type QueryResult, type Value } from "@tidemark/connector";
import { jsonRowEncoder, queryStyle } from "@tidemark/format";

/** A piece is sent once it has so many characters. */
const PIECE_LENGTH = 1024 * 1024;

/** Writes a row as one JSON object, the same on every face. */
export function queryJsonRow(columns: readonly OutputColumn[]): (row: readonly Value[]) => string {
  return jsonRowEncoder(columns, queryStyle);
}

/** Rows as JSON objects, one on each line; NULL is written out. */
export async function* jsonLines({ columns, rows }: QueryResult): AsyncGenerator<string> {
  const encode = queryJsonRow(columns);
  for await (const piece of rows) {
    let text = "";
    for (const row of piece) {
      text += `${encode(row)}\n`;
      if (text.length < PIECE_LENGTH) continue;
      yield text;
      text = "";
    }
    if (text !== "") yield text;
  }
}
