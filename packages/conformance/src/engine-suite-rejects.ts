/** Laws of rejects: what steps reject is kept with them, counted exactly and shown in a relation. */

import { type Engine, type EngineFactory, type StepRejects } from "@tidemark/connector";
import { incarnation, offset, type Span } from "@tidemark/core";
import { expect, test } from "vitest";

import { changesOf, CONNECTOR, program, rowsOf, step, temporaryDirectory } from "./engine-kit.ts";

const ONE_TABLE = program("CREATE TABLE t (a INT) WITH ('materialized' = 'true');");
const WITH_OUTPUT = program(
  "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT connector, number, error FROM tidemark_rejected;",
  ["v"],
);
const LINE = incarnation("line");

/** Rejects at these offsets of partition `p`, each once. */
function rejectsAt(offsets: readonly bigint[], given: Partial<StepRejects> = {}): StepRejects {
  return {
    connector: CONNECTOR,
    endpoint: "t.c",
    incarnation: LINE,
    count: offsets.length,
    marks: offsets.map((at) => ({
      partition: "p",
      first: offset(at),
      last: offset(at),
      count: 1,
    })),
    latest: offsets.map((at) => ({
      partition: "p",
      offset: offset(at),
      atMs: 1_700_000_000_123,
      error: `bad ${at}`,
      field: "a",
      record: null,
    })),
    maxKept: 10,
    ...given,
  };
}

function span(from: bigint, to: bigint): Span {
  return { partition: "p", from: offset(from), to: offset(to) };
}

async function countIn(engine: Engine, ...spans: readonly Span[]): Promise<number> {
  const asked = { connector: CONNECTOR, incarnation: LINE, spans, unplaced: false, limit: 0 };
  return (await engine.rejected(asked)).count;
}

/** Declares the tests. */
export function engineRejectLaws(makeFactory: () => EngineFactory): void {
  test("V1: rejects are counted exactly in any spans, also after closing", async () => {
    await using directory = await temporaryDirectory();
    const options = { directory: directory.path, program: ONE_TABLE };
    const factory = makeFactory();
    const run = { partition: "p", first: offset(10n), last: offset(19n), count: 10 };
    const heap = { partition: "p", first: offset(2n ** 63n), last: offset(2n ** 63n), count: 4 };
    const lost = { first: offset(0n), last: offset(0n), count: 2 };
    {
      await using engine = await factory.open(options);
      const rejects = [rejectsAt([3n, 5n]), rejectsAt([], { marks: [run, heap, lost], count: 16 })];
      await engine.commit(step({}, { rejects }));
    }
    await using engine = await factory.open(options);
    expect(engine.recovered.rejects).toEqual([
      { connector: CONNECTOR, incarnation: LINE, count: 18 },
    ]);
    expect(await countIn(engine)).toBe(0);
    expect(await countIn(engine, span(0n, 3n))).toBe(0);
    expect(await countIn(engine, span(0n, 4n))).toBe(1);
    expect(await countIn(engine, span(5n, 12n))).toBe(3);
    expect(await countIn(engine, span(12n, 14n), span(18n, 30n))).toBe(4);
    expect(await countIn(engine, span(0n, 2n ** 64n - 1n))).toBe(16);
    const other = { connector: CONNECTOR, incarnation: incarnation("other"), limit: 9 };
    const spans = [span(0n, 100n)];
    expect(await engine.rejected({ ...other, spans, unplaced: true })).toEqual({
      count: 0,
      first: [],
    });
    const all = { connector: CONNECTOR, incarnation: LINE, spans: [], unplaced: true, limit: 9 };
    expect((await engine.rejected(all)).count).toBe(2);
  });

  test("the first rejects of the spans are answered as they were kept", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: ONE_TABLE,
    });
    await engine.commit(step({}, { rejects: [rejectsAt([1n, 2n, 3n])] }));
    const spans = [span(2n, 9n)];
    const asked = { connector: CONNECTOR, incarnation: LINE, spans, unplaced: false, limit: 1 };
    expect(await engine.rejected(asked)).toEqual({
      count: 2,
      first: [
        {
          endpoint: "t.c",
          partition: "p",
          offset: 2n,
          atMs: 1_700_000_000_123,
          error: "bad 2",
          field: "a",
          record: null,
        },
      ],
    });
  });

  test("queries read the latest rejects of each connector, numbered from the first on", async () => {
    await using directory = await temporaryDirectory();
    const options = { directory: directory.path, program: ONE_TABLE };
    const factory = makeFactory();
    const sql = 'SELECT connector, number, "offset", error FROM tidemark_rejected';
    {
      await using engine = await factory.open(options);
      await engine.commit(step({}, { rejects: [rejectsAt([1n, 2n], { maxKept: 2 })] }));
      const other = rejectsAt([9n], { endpoint: "t.d" });
      await engine.commit(step({}, { rejects: [rejectsAt([3n], { maxKept: 2 }), other] }));
      expect(await rowsOf(engine, sql)).toEqual([
        '["t.c","2n","2n","bad 2"]',
        '["t.c","3n","3n","bad 3"]',
        '["t.d","1n","9n","bad 9"]',
      ]);
    }
    await using engine = await factory.open(options);
    const many = rejectsAt([4n], { count: 5, maxKept: 1 });
    await engine.commit(step({}, { rejects: [many] }));
    await engine.commit(step({}, { rejects: [rejectsAt([], { count: 1, maxKept: 0 })] }));
    expect(await rowsOf(engine, sql)).toEqual(['["t.d","1n","9n","bad 9"]']);
    await engine.commit(step({}, { rejects: [rejectsAt([5n])] }));
    expect(await rowsOf(engine, sql)).toEqual([
      '["t.c","10n","5n","bad 5"]',
      '["t.d","1n","9n","bad 9"]',
    ]);
  });

  test("views over the rejects have changes as any others", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: WITH_OUTPUT,
    });
    await engine.commit(step({}, { rejects: [rejectsAt([1n], { maxKept: 1 })] }));
    const { step: last } = await engine.commit(
      step({}, { rejects: [rejectsAt([2n], { maxKept: 1 })] }),
    );
    expect(await changesOf(engine, "v", last)).toEqual([
      '-["t.c","1n","bad 1"]',
      '+["t.c","2n","bad 2"]',
    ]);
  });
}
