/** Parquet: rows as one file, written row group by row group as they come. */

import { type OutputColumn, type QueryResult, type Value } from "@tidemark/connector";
import { distinctNames } from "@tidemark/program";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";

import { parquetSchema } from "./parquet-schema.ts";
import { parquetValue } from "./parquet-values.ts";
import { roughBytes } from "./rough-bytes.ts";

/** A row group ends at whichever it reaches first. */
const GROUP_ROWS = 16_384;
const GROUP_BYTES = 16 * 1024 * 1024;

/** The bytes of a Parquet file, a row group at a time; what is held is one row group and the footer. */
export async function* parquetFile({ columns, rows }: QueryResult): AsyncGenerator<Uint8Array> {
  const named = differentNames(columns);
  const out = new ByteWriter();
  const writer = new ParquetWriter({
    writer: out,
    schema: parquetSchema(named),
    createdBy: "tidemark",
  });
  for await (const group of groups(rows)) {
    const columnData = named.map(({ id, type }, i) => {
      const convert = parquetValue(type);
      return { name: id.name, data: group.map((row) => convert(row[i] ?? null)) };
    });
    await writer.write({ columnData, rowGroupSize: group.length });
    yield taken(out);
  }
  await writer.finish();
  yield taken(out);
}

/** What has been written since the last time; places in the file go on counting. */
function taken(out: ByteWriter): Uint8Array {
  const bytes = out.getBytes().slice();
  out.index = 0;
  return bytes;
}

async function* groups(rows: QueryResult["rows"]): AsyncGenerator<readonly (readonly Value[])[]> {
  let group: (readonly Value[])[] = [];
  let bytes = 0;
  for await (const piece of rows) {
    for (const row of piece) {
      group.push(row);
      bytes += roughBytes(row);
      if (group.length < GROUP_ROWS && bytes < GROUP_BYTES) continue;
      yield group;
      group = [];
      bytes = 0;
    }
  }
  if (group.length > 0) yield group;
}

/** A file can't hold two columns of one name. */
function differentNames(columns: readonly OutputColumn[]): readonly OutputColumn[] {
  const names = distinctNames(columns.map(({ id }) => id.name));
  return columns.map((column, i) => ({
    ...column,
    id: { ...column.id, name: names[i] ?? column.id.name },
  }));
}
