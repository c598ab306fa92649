/** Laws of storage: what survives closing, and what does not. */

import { type EngineFactory, type KeyedBody } from "@tidemark/connector";
import { EMPTY, frontier, incarnation, offset } from "@tidemark/core";
import { expect, test } from "vitest";

import {
  changesOf,
  CONNECTOR,
  progressAt,
  program,
  rowsOf,
  step,
  temporaryDirectory,
} from "./engine-kit.ts";

const ONE_TABLE = program("CREATE TABLE t (a INT) WITH ('materialized' = 'true');");

/** Declares the tests. */
export function engineStorageLaws(makeFactory: () => EngineFactory): void {
  test("a fresh engine holds nothing and is in its first epoch", async () => {
    await using directory = await temporaryDirectory();
    await using engine = await makeFactory().open({
      directory: directory.path,
      program: ONE_TABLE,
    });
    expect(engine.epoch).toBe(1);
    expect(engine.recovered).toEqual({
      step: 0n,
      progress: new Map(),
      ended: [],
      keyed: [],
      rejects: [],
      undelivered: [],
    });
    expect(await rowsOf(engine, "SELECT * FROM t")).toEqual([]);
  });

  test("rows, progress and ended incarnations survive closing; the epoch grows, the life stays", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = { directory: directory.path, program: ONE_TABLE };
    const progress = new Map([
      [
        CONNECTOR,
        {
          incarnation: incarnation("now"),
          frontier: frontier([["p", 2n ** 64n - 1n]]),
          state: 'any "text" ☃',
        },
      ],
    ]);
    const ended = [
      { connector: CONNECTOR, incarnation: incarnation("before"), finalFrontier: EMPTY },
      {
        connector: CONNECTOR,
        incarnation: incarnation("later"),
        finalFrontier: frontier([["q", 9_007_199_254_740_993n]]),
      },
    ];
    let life = "";
    {
      await using engine = await factory.open(options);
      life = engine.life;
      await engine.commit(step({ t: { rows: [[1], [2]] } }, { progress, ended }));
    }
    await using again = await factory.open(options);
    expect(again.life).toBe(life);
    expect(again.epoch).toBe(2);
    expect(again.recovered.step).toBe(1n);
    expect(again.recovered.progress).toEqual(progress);
    expect(again.recovered.ended).toEqual(ended);
    expect(await rowsOf(again, "SELECT * FROM t")).toEqual(["[1]", "[2]"]);
  });

  test("the latest of every key survives closing, and forgotten ones are gone", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = { directory: directory.path, program: ONE_TABLE };
    {
      await using engine = await factory.open(options);
      const first = [body('a "quoted" key', 1), body("b", 1), body("c", 1)];
      await engine.commit(step({ t: { rows: [[1]] } }, { keyed: first }));
      await engine.commit(step({}, { keyed: [body("b", 2)], forgottenKeys: ["c", "never"] }));
      await engine.commit(step({}, { keyed: [body("c", 3)] }));
      await engine.commit(step({}, { keyed: [body("b", 4)], forgottenKeys: ["b"] }));
    }
    await using again = await factory.open(options);
    expect(again.recovered.keyed.toSorted((a, b) => a.bytes - b.bytes)).toEqual([
      body('a "quoted" key', 1),
      body("c", 3),
      body("b", 4),
    ]);
    await again.commit(step({}, { forgottenKeys: ["b", "c"] }));
    await again[Symbol.asyncDispose]();
    await using last = await factory.open(options);
    expect(last.recovered.keyed).toEqual([body('a "quoted" key', 1)]);
  });

  test("a commit that can't be done keeps nothing of its keys", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = { directory: directory.path, program: ONE_TABLE };
    {
      await using engine = await factory.open(options);
      await engine.commit(step({}, { keyed: [body("a", 1)] }));
      const bad = step({ t: { rows: [["x"]] } }, { keyed: [body("a", 2), body("b", 1)] });
      await expect(engine.commit(bad)).rejects.toThrow("t.a");
    }
    await using again = await factory.open(options);
    expect(again.recovered.keyed).toEqual([body("a", 1)]);
  });

  test("steps are numbered on, across closing", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = { directory: directory.path, program: ONE_TABLE };
    {
      await using engine = await factory.open(options);
      expect((await engine.commit(step({}))).step).toBe(1n);
      expect((await engine.commit(step({}))).step).toBe(2n);
    }
    await using again = await factory.open(options);
    expect((await again.commit(step({}))).step).toBe(3n);
  });

  test("only one engine is open on a directory at any time", async () => {
    await using directory = await temporaryDirectory();
    const options = { directory: directory.path, program: ONE_TABLE };
    {
      await using engine = await makeFactory().open(options);
      await expect(makeFactory().open(options)).rejects.toThrow(/open|in use/u);
      await expect(makeFactory().clear(directory.path)).rejects.toThrow(/in use/u);
      await engine.commit(step({ t: { rows: [[1]] } }));
    }
    await using again = await makeFactory().open(options);
    expect(await rowsOf(again, "SELECT * FROM t")).toEqual(["[1]"]);
  });

  test("clearing removes all, ends the life, and works where there is nothing", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = { directory: directory.path, program: ONE_TABLE };
    await factory.clear(directory.path);
    await factory.clear(`${directory.path}/missing`);
    let life = "";
    {
      await using engine = await factory.open(options);
      life = engine.life;
      await engine.commit(step({ t: { rows: [[1]] } }));
      expect(await engine.storageBytes()).toBeGreaterThan(0);
    }
    await factory.clear(directory.path);
    await using again = await factory.open(options);
    expect(again.life).not.toBe(life);
    expect(again.epoch).toBe(1);
    expect(again.recovered.step).toBe(0n);
    expect(await rowsOf(again, "SELECT * FROM t")).toEqual([]);
  });

  test("storage of other tables is refused and stays as it was", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    {
      await using engine = await factory.open({ directory: directory.path, program: ONE_TABLE });
      await engine.commit(step({ t: { rows: [[1]] } }));
    }
    const other = program("CREATE TABLE t (a BIGINT) WITH ('materialized' = 'true');");
    await expect(factory.open({ directory: directory.path, program: other })).rejects.toThrow(
      /other tables/u,
    );
    await using again = await factory.open({ directory: directory.path, program: ONE_TABLE });
    expect(again.epoch).toBe(2);
    expect(await rowsOf(again, "SELECT * FROM t")).toEqual(["[1]"]);
  });

  test("undelivered steps are recovered from the delivered one on, with what they stood at", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = {
      directory: directory.path,
      program: program("CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t;", ["v"]),
    };
    {
      await using engine = await factory.open(options);
      for (const at of [1n, 2n, 3n, 4n]) {
        const rows = at === 3n ? [] : [[Number(at)]];
        const deliveredStep = at === 4n ? 2n : 0n;
        await engine.commit(step({ t: { rows } }, { progress: progressAt(at), deliveredStep }));
      }
    }
    await using again = await factory.open(options);
    expect(again.recovered.undelivered).toEqual([
      { step: 2n, progress: progressAt(2n), changedViews: new Set(["v"]) },
      { step: 3n, progress: progressAt(3n), changedViews: new Set() },
      { step: 4n, progress: progressAt(4n), changedViews: new Set(["v"]) },
    ]);
    expect(await changesOf(again, "v", 2n)).toEqual([]);
    expect(await changesOf(again, "v", 4n)).toEqual(["+[4]"]);
  });

  test("a commit that can't be done leaves nothing of its step, and the engine is of no more use", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = { directory: directory.path, program: ONE_TABLE };
    {
      await using engine = await factory.open(options);
      await engine.commit(step({ t: { rows: [[1]] } }));
      await expect(engine.commit(step({ t: { rows: [[2], ["x"]] } }))).rejects.toThrow("t.a");
      await expect(engine.commit(step({}))).rejects.toThrow(/can't be used any more/u);
    }
    await using again = await factory.open(options);
    expect(again.recovered.step).toBe(1n);
    expect(await rowsOf(again, "SELECT * FROM t")).toEqual(["[1]"]);
  });

  test("many steps leave only what was not delivered", async () => {
    await using directory = await temporaryDirectory();
    const factory = makeFactory();
    const options = { directory: directory.path, program: ONE_TABLE };
    {
      await using engine = await factory.open(options);
      for (let at = 1n; at <= 300n; at += 1n) {
        await engine.commit(step({}, { deliveredStep: at - 1n }));
      }
    }
    await using again = await factory.open(options);
    expect(again.recovered.undelivered.map((each) => each.step)).toEqual([299n, 300n]);
  });
}

function body(key: string, bytes: number): KeyedBody {
  const spans = [{ partition: "p", from: offset(2n), to: offset(2n ** 60n) }];
  const [progress] = progressAt(2n ** 60n).values();
  const covers = progress === undefined ? [] : [progress, { ...progress, spans }];
  const counts = { rows: 1, records: 1, errors: 0 };
  const digest = "0".repeat(64);
  return { key, connector: CONNECTOR, bytes, digest, ...counts, covers, whole: true, atMs: 5 };
}
