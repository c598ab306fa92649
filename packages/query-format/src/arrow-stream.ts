/** Arrow IPC: rows as a stream of record batches, each written as it comes. */

import { type OutputColumn, type QueryResult, type Value } from "@tidemark/connector";
import {
  RecordBatch,
  RecordBatchStreamWriter,
  type Schema,
  Struct,
  Data,
  type DataType,
} from "apache-arrow";

import { arrowData } from "./arrow-data.ts";
import { arrowSchema } from "./arrow-types.ts";

/** The end of every stream: a message without a length. */
const END_BYTES = 8;

/** The bytes of an Arrow IPC stream: its schema, a record batch for every piece of rows, its end. */
export async function* arrowStream({ columns, rows }: QueryResult): AsyncGenerator<Uint8Array> {
  const schema = arrowSchema(columns);
  const empty = wholeStream(schema, []);
  // Nothing is sent before the first rows are there: until then an answer can still be an error.
  let isBegun = false;
  for await (const piece of rows) {
    if (piece.length === 0) continue;
    // The library writes whole streams only: what every stream begins and ends with is cut off.
    const whole = wholeStream(schema, [recordBatch(schema, columns, piece)]);
    yield whole.subarray(isBegun ? empty.length - END_BYTES : 0, -END_BYTES);
    isBegun = true;
  }
  yield isBegun ? empty.subarray(-END_BYTES) : empty;
}

function wholeStream(schema: Schema, batches: readonly RecordBatch[]): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return writer.toUint8Array(true);
}

function recordBatch(
  schema: Schema,
  columns: readonly OutputColumn[],
  rows: readonly (readonly Value[])[],
): RecordBatch {
  const children = columns.map(({ type }, i) => {
    const arrow = schema.fields[i]?.type;
    if (arrow === undefined) throw new TypeError("a column is missing in the schema");
    const values = rows.map((row) => row[i] ?? null);
    return arrowData(type, arrow, values);
  });
  const all = new Struct<Record<string, DataType>>(schema.fields);
  return new RecordBatch(schema, new Data(all, 0, rows.length, 0, undefined, children));
}
