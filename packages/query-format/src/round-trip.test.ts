import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromIPC } from "apache-arrow";
import * as fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";

import { arrowStream } from "./arrow-stream.ts";
import { parquetFile } from "./parquet-file.ts";
import { anyRowset, column, resultOf, type Rowset } from "./testing/any-result.ts";
import { arrowValues } from "./testing/arrow-values.ts";
import { readParquet } from "./testing/duckdb-values.ts";

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return new Uint8Array(Buffer.concat(all));
}

test("an Arrow stream reads back as the same values of the same columns", async () => {
  await fc.assert(
    fc.asyncProperty(anyRowset, async (rowset) => {
      const table = tableFromIPC(await bytesOf(arrowStream(resultOf(rowset))));
      const { columns, rows } = rowset;
      expect(table.schema.fields.map(({ name }) => name)).toEqual(columns.map(({ id }) => id.name));
      const read = columns.map(({ type }, i) =>
        table.batches.flatMap(({ data }) => {
          const child = data.children[i];
          return child === undefined ? [] : arrowValues(type, child);
        }),
      );
      expect(rows.map((_, at) => read.map((values) => values[at]))).toEqual(rows);
    }),
  );
});

test("a Parquet file reads back in DuckDB as the same values of the same columns", async () => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  await fc.assert(
    fc.asyncProperty(anyRowset, async (rowset) => {
      const bytes = await bytesOf(parquetFile(resultOf(rowset)));
      const { names, rows } = await readParquet(connection, bytes);
      expect(names).toEqual(rowset.columns.map(({ id }) => id.name));
      expect(rows).toEqual(rowset.rows);
    }),
  );
  connection.closeSync();
  instance.closeSync();
});

const TYPED: Rowset = {
  columns: [
    column("id", { kind: "integer", bits: 64, unsigned: false }),
    column("price", { kind: "decimal", precision: 38, scale: 2 }),
    column("tags", { kind: "array", element: { kind: "text", fixed: false } }),
    column("at", { kind: "timestamp", precision: 6 }),
    column("exact", { kind: "timestamp" }),
    column("day", { kind: "date" }),
    column("hour", { kind: "time" }),
    column("key", { kind: "uuid" }),
    column("map", {
      kind: "map",
      key: { kind: "text", fixed: false },
      value: { kind: "integer", bits: 8, unsigned: true },
    }),
  ],
  rows: [
    [1n, 150n, ["a", null], 0n, 1n, 0, 0n, "0190b1a4-7c1e-7000-8000-000000000000", [["k", 255]]],
  ],
  pieceRows: 1,
};

test("readers see the types of the columns", async () => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const parquet = await bytesOf(parquetFile(resultOf(TYPED)));
  expect((await readParquet(connection, parquet)).types).toEqual([
    "BIGINT",
    "DECIMAL(38,2)",
    "VARCHAR[]",
    "TIMESTAMP",
    "TIMESTAMP_NS",
    "DATE",
    "TIME_NS",
    "UUID",
    "MAP(VARCHAR, UTINYINT)",
  ]);
  const table = tableFromIPC(await bytesOf(arrowStream(resultOf(TYPED))));
  expect(table.schema.fields.map(({ type }) => String(type))).toEqual([
    "Int64",
    "Decimal[38e+2]",
    "List<Utf8>",
    "Timestamp<MICROSECOND>",
    "Timestamp<NANOSECOND>",
    "Date32<DAY>",
    "Time64<NANOSECOND>",
    "Utf8",
    "Map<{key:Utf8, value:Uint8}>",
  ]);
  connection.closeSync();
  instance.closeSync();
});

test("hyparquet reads the file", async () => {
  const bytes = await bytesOf(parquetFile(resultOf(TYPED)));
  const [row] = await parquetReadObjects({ file: bytes.slice().buffer });
  expect(row).toMatchObject({ id: 1n, price: 1.5, tags: ["a", null], map: { k: 255 } });
});

test("columns of one name are told apart in a file, and stay as they are in a stream", async () => {
  const twice = {
    columns: ["a", "a", "a_1"].map((name) => column(name, { kind: "boolean" })),
    rows: [[true, false, null]],
    pieceRows: 1,
  };
  const bytes = await bytesOf(parquetFile(resultOf(twice)));
  expect(await parquetReadObjects({ file: bytes.slice().buffer })).toEqual([
    { a: true, a_2: false, a_1: null },
  ]);
  const table = tableFromIPC(await bytesOf(arrowStream(resultOf(twice))));
  expect(table.schema.fields.map(({ name }) => name)).toEqual(["a", "a", "a_1"]);
});
