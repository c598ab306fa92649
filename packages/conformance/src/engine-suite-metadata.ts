/** Laws of what is told of records: defaults that ask `CONNECTOR_METADATA()` have it, each its own record's. */

import { type EngineFactory, type Metadata, type Row } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import { expect, test } from "vitest";

import { program, rowsOf, step, temporaryDirectory } from "./engine-kit.ts";

const TOLD = program(`CREATE TABLE t (
    x INT,
    headers MAP<STRING, VARBINARY> DEFAULT CAST(CONNECTOR_METADATA()['kafka_headers'] AS MAP<STRING, VARBINARY>),
    at TIMESTAMP DEFAULT CAST(Connector_Metadata()['kafka_timestamp'] AS TIMESTAMP),
    topic VARCHAR DEFAULT CAST(CONNECTOR_METADATA ( ) ['kafka_topic'] AS VARCHAR),
    place BIGINT DEFAULT CAST(CONNECTOR_METADATA()['kafka_offset'] AS BIGINT) + 1,
    other INT DEFAULT CAST(CONNECTOR_METADATA()['kafka_topic'] AS INT),
    plain VARCHAR DEFAULT 'CONNECTOR_METADATA()'
  ) WITH ('materialized' = 'true');`);

const TEXT: ColumnType = { kind: "text", fixed: false };
const BIGINT: ColumnType = { kind: "integer", bits: 64, unsigned: false };
const HEADERS: ColumnType = { kind: "map", key: TEXT, value: { kind: "binary", fixed: false } };
const ALL = rowType({
  kafka_headers: HEADERS,
  kafka_topic: TEXT,
  kafka_offset: BIGINT,
  kafka_timestamp: { kind: "timestamp", precision: 3 },
});
const OFFSET = rowType({ kafka_offset: BIGINT });

function rowType(types: Readonly<Record<string, ColumnType>>): ColumnType {
  const fields = Object.entries(types).map(([name, type]) => {
    return { name, quoted: false, type, nullable: true };
  });
  return { kind: "row", fields };
}

function toldOf(offset: bigint): Metadata {
  const headers = [
    ["a", new Uint8Array([0, 255])],
    ["b", null],
  ];
  return { type: ALL, value: [headers, `topic ${offset}`, offset, offset * 1_000_000n] };
}

/** Declares the tests. */
export function engineMetadataLaws(makeFactory: () => EngineFactory): void {
  test("a default has what is told of its own record, and NULL where that is not told", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({ directory: directory.path, program: TOLD });
    const metadata = [toldOf(1n), undefined, { type: OFFSET, value: [7n] }, toldOf(2n)];
    await engine.commit(step({ t: { rows: [[1], [2], [3], [4]], metadata } }));
    await engine.commit(step({ t: { rows: [[5]] } }));
    const headers = '[["a","0x00ff"],["b",null]]';
    const plain = '"CONNECTOR_METADATA()"';
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual([
      `[1,${headers},"1000000n","topic 1","2n",null,${plain}]`,
      `[2,null,null,null,null,null,${plain}]`,
      `[3,null,null,null,"8n",null,${plain}]`,
      `[4,${headers},"2000000n","topic 2","3n",null,${plain}]`,
      `[5,null,null,null,null,null,${plain}]`,
    ]);
  });

  test("what a record gives stays, and so does what other operations leave out", async () => {
    await using directory = await temporaryDirectory();
    const declared = program(`CREATE TABLE k (
      id BIGINT NOT NULL PRIMARY KEY,
      place BIGINT DEFAULT CAST(CONNECTOR_METADATA()['kafka_offset'] AS BIGINT),
      topic VARCHAR DEFAULT CAST(CONNECTOR_METADATA()['kafka_topic'] AS VARCHAR));`);
    await using engine = await makeFactory().open({ directory: directory.path, program: declared });
    const rows: readonly Row[] = [
      [1n, 40n, undefined],
      [2n, null, undefined],
      [3n, undefined, undefined],
      [3n, undefined, "patched"],
      [4n, undefined, undefined],
      [4n, undefined, undefined],
    ];
    const operations = ["insert", "insert", "insert", "update", "insert", "delete"] as const;
    const metadata = rows.map((_, i) => toldOf(BigInt(i)));
    await engine.commit(step({ k: { rows, operations, metadata } }));
    expect(await rowsOf(engine, "SELECT * FROM k")).toEqual([
      '["1n","40n","topic 0"]',
      '["2n",null,"topic 1"]',
      '["3n","2n","patched"]',
    ]);
  });

  test("many records keep their order, in steps that follow each other", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({ directory: directory.path, program: TOLD });
    for (const first of [0, 5000]) {
      const rows = Array.from({ length: 5000 }, (_, i) => [first + i]);
      await engine.commit(
        step({ t: { rows, metadata: rows.map((_, i) => toldOf(BigInt(first + i))) } }),
      );
    }
    const matching = "count(*) FILTER (WHERE place = x + 1 AND topic = 'topic ' || x)";
    expect(await rowsOf(engine, `SELECT count(*), ${matching} FROM t`)).toEqual([
      '["10000n","10000n"]',
    ]);
  });

  test("a default that can't be computed from what is told is refused when it is compiled", async () => {
    const compiled = await makeFactory().compile(
      program("CREATE TABLE t (a INT DEFAULT NO_SUCH(CONNECTOR_METADATA()['x']));"),
    );
    expect(compiled).toMatchObject({ kind: "invalid", errors: [expect.anything()] });
  });
}
