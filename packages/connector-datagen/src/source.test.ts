import { epoch, frontier } from "@tidemark/core";
import {
  type Batch,
  type Clock,
  ConfigError,
  type Progress,
  type Row,
  type Source,
  type SourceContext,
} from "@tidemark/connector";
import { type ColumnType, type JsonObject } from "@tidemark/program";
import { sourceSuite } from "@tidemark/conformance";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { datagen } from "./index.ts";
import { TEXT_STRATEGIES } from "./text-strategies.ts";
import { declaration, table } from "./testing/declarations.ts";

const integer: ColumnType = { kind: "integer", bits: 32, unsigned: false };
const text: ColumnType = { kind: "text", fixed: false };

/** A clock whose sleeps pass at once and are added up. */
function fakeClock(): Clock & { now: number } {
  const clock = {
    now: 0,
    wallMs: () => clock.now,
    monotonicMs: () => clock.now,
    sleep: async (ms: number) => {
      clock.now += ms;
    },
  };
  return clock;
}

interface OpenOptions {
  readonly resume?: Progress;
  readonly clock?: Clock;
  readonly life?: string;
  readonly epoch?: number;
}

function openSource(
  config: JsonObject,
  columns: Readonly<Record<string, ColumnType>>,
  options: OpenOptions = {},
): Promise<Source> {
  const context: SourceContext = {
    table: table(columns),
    connector: declaration(config),
    endpoint: "t.c",
    decoder: () => {
      throw new Error("generated rows have no format");
    },
    life: options.life ?? "life",
    epoch: epoch(options.epoch ?? 1),
    ...(options.resume === undefined ? {} : { resume: options.resume }),
    directory: "/nowhere",
    onReject: "skip",
    trouble: () => undefined,
  };
  return datagen(options.clock ?? fakeClock()).open(context);
}

async function open(
  config: JsonObject,
  columns: Readonly<Record<string, ColumnType>>,
  options: OpenOptions = {},
): Promise<{ readonly batches: AsyncIterable<Batch>; readonly start: Progress }> {
  const source = await openSource(config, columns, options);
  return {
    batches: source.batches({ signal: new AbortController().signal }),
    start: source.start,
  };
}

async function rowsOf(batches: AsyncIterable<Batch>): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const batch of batches) rows.push(...batch.changes.rows);
  return rows;
}

sourceSuite("datagen", {
  ends: true,
  setUp: async (records) => {
    const config = { plan: [{ limit: records, worker_chunk_size: 4 }] };
    const columns = { a: integer, b: text };
    return {
      rows: Array.from({ length: records }, (_, i) => [i, String(i)]),
      open: (options) => openSource(config, columns, options),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
});

describe("generated rows", () => {
  test("every column counts up from 0 by default", async () => {
    const { batches } = await open({ plan: [{ limit: 3 }] }, { a: integer, b: text });
    expect(await rowsOf(batches)).toEqual([
      [0, "0"],
      [1, "1"],
      [2, "2"],
    ]);
  });

  test("settings find quoted columns by their names, and others in any case", async () => {
    const fields = { A: { values: [7] }, B: { values: [8] } };
    const columns = { a: integer, A: integer, b: integer };
    const { batches } = await open({ plan: [{ limit: 1, fields }] }, columns);
    expect(await rowsOf(batches)).toEqual([[0, 7, 8]]);
  });

  test("resuming at any row makes exactly the rest", async () => {
    const plan = {
      plan: [
        { limit: 40, worker_chunk_size: 7, fields: { a: { strategy: "uniform", range: [0, 99] } } },
        { limit: 25, fields: { b: { strategy: "name", null_percentage: 30 } } },
      ],
      seed: 7,
    };
    const whole = await open(plan, { a: integer, b: text });
    const all = await rowsOf(whole.batches);
    expect(all).toHaveLength(65);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 65 }), async (taken) => {
        const resume = {
          incarnation: whole.start.incarnation,
          frontier: frontier([["0", BigInt(taken)]]),
        };
        const rest = await open(plan, { a: integer, b: text }, { resume });
        expect(await rowsOf(rest.batches)).toEqual(all.slice(taken));
      }),
    );
  });

  test("equal seeds give equal rows, and without a seed each life has its own", async () => {
    const config = { plan: [{ limit: 20, fields: { a: { strategy: "uniform" } } }] };
    const columns = { a: integer };
    const one = await rowsOf((await open(config, columns, { life: "one" })).batches);
    const again = await rowsOf((await open(config, columns, { life: "one" })).batches);
    const other = await rowsOf((await open(config, columns, { life: "other" })).batches);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test("values stay within their range, and given values within the given", async () => {
    const fields = {
      a: { strategy: "uniform", range: [10, 20] },
      b: { strategy: "zipf", values: ["x", "y"] },
    };
    const { batches } = await open({ plan: [{ limit: 200, fields }] }, { a: integer, b: text });
    for (const [a, b] of await rowsOf(batches)) {
      expect(a).toBeGreaterThanOrEqual(10);
      expect(a).toBeLessThan(20);
      expect(["x", "y"]).toContain(b);
    }
  });

  test("every named strategy makes text, also within arrays and maps, and the same again", async () => {
    const strategies = TEXT_STRATEGIES.map((strategy) => [strategy, { strategy }] as const);
    const value = { strategy: "word" };
    const range = [1, 3];
    const fields = {
      ...Object.fromEntries(strategies),
      list: { value, range },
      pairs: { key: value, value, range },
    };
    const columns = {
      ...Object.fromEntries(strategies.map(([name]) => [name, text])),
      list: { kind: "array", element: text },
      pairs: { kind: "map", key: text, value: text },
    } as const;
    const config = { seed: 1, plan: [{ limit: 5, fields }] };
    const rows = await rowsOf((await open(config, columns)).batches);
    expect(rows.flat(4).every((made) => typeof made === "string" && made !== "")).toBe(true);
    expect(await rowsOf((await open(config, columns)).batches)).toEqual(rows);
  });

  test("a rate spaces the batches by the clock", async () => {
    const clock = fakeClock();
    const { batches } = await open(
      { plan: [{ limit: 300, rate: 100 }] },
      { a: integer },
      { clock },
    );
    expect(await rowsOf(batches)).toHaveLength(300);
    expect(clock.now).toBe(3000);
  });

  test("what makes other rows of the same numbers begins a new number line, pace and the last limit don't", async () => {
    const base = { plan: [{ limit: 3 }, { limit: 3 }], seed: 1 };
    const { start } = await open(base, { a: integer });
    const incarnation = async (config: JsonObject): Promise<string> =>
      (await open(config, { a: integer }, { resume: start })).start.incarnation;
    const same: readonly JsonObject[] = [
      {
        plan: [
          { limit: 3, rate: 5 },
          { limit: 9, worker_chunk_size: 2 },
        ],
        seed: 1,
        workers: 4,
      },
      { plan: [{ limit: 3 }, {}], seed: 1 },
    ];
    for (const config of same) expect(await incarnation(config)).toBe(start.incarnation);
    const other: readonly JsonObject[] = [
      { plan: [{ limit: 4 }, { limit: 3 }], seed: 1 },
      { plan: [{ limit: 3 }, { limit: 3 }], seed: 2 },
      { plan: [{ limit: 3 }, { limit: 3, fields: { a: { scale: 2 } } }], seed: 1 },
    ];
    for (const config of other) expect(await incarnation(config)).not.toBe(start.incarnation);
  });

  test("rows without a rate leave turns to others while they are made", async () => {
    const { batches } = await open({ plan: [{ worker_chunk_size: 1 }] }, { a: integer });
    const iterator = batches[Symbol.asyncIterator]();
    const turn = Promise.withResolvers<number>();
    let rows = 0;
    setImmediate(() => turn.resolve(rows));
    for (; rows < 100; rows += 1) await iterator.next();
    expect(await turn.promise).toBeLessThan(100);
  });
});

describe("a configuration that can't be used names the field", () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ plans: [] }, "config.plans"],
    [{ plan: [{ limit: -1 }] }, "plan.0.limit"],
    [{ plan: [{ fields: { z: {} } }] }, "plan.0.fields.z"],
    [{ plan: [{ fields: { a: { strategy: "best" } } }] }, "plan.0.fields.a.strategy"],
    [{ plan: [{ fields: { a: { range: [5, 1] } } }] }, "plan.0.fields.a.range"],
    [{ plan: [{ fields: { a: { values: ["x"] } } }] }, "plan.0.fields.a.values.0"],
    [{ transaction_size: 5 }, "transaction_size"],
  ];
  test.each(cases)("%j is refused at %s", (config, field) => {
    const validate = (): void =>
      datagen(fakeClock()).validate(declaration(config), table({ a: integer }));
    expect(validate).toThrow(ConfigError);
    expect(validate).toThrow(expect.objectContaining({ field }));
  });
});
