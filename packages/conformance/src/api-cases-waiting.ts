/** Waiting: what holds a token up is said, a deadline is kept, and progress wakes. */

import { expect, test } from "vitest";

import { type ApiFace, errorOf, valueOf } from "./api-face.ts";
import { readsPaused, threeLines } from "./api-paused-file.ts";
import { clear, deployed, start, stop, until } from "./api-pipeline.ts";

/** What a wait ends with whose pipeline is stopped, before it has begun or while it lasts. */
const UNREACHABLE = /^PipelineInteraction(?:Unreachable|NotDeployed)$/u;

/** Every wait ends, and says what it ended with. */
export function waitingCases(face: () => ApiFace): void {
  test("a token of a paused connector is in progress and says why; starting it wakes who waits", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const address = { pipeline: name, table: "lines", connector: "file" };
    expect(valueOf(await face().input(address))).toMatchObject({ paused: true, totalRecords: 0 });
    const token = valueOf(await face().token(address, "head"));
    const open = {
      status: "inprogress",
      step: undefined,
      remaining: expect.any(Number),
      reasons: expect.arrayContaining(["connector-paused"]),
      rejected: 0,
      rejections: [],
    };
    expect(valueOf(await face().check(name, token))).toEqual(open);
    expect(valueOf(await face().wait(name, token, 0))).toEqual(open);
    expect(valueOf(await face().wait(name, token, 1))).toEqual(open);

    const waits = [1, 2, 3].map(() => face().wait(name, token, 60));
    valueOf(await face().startConnector(address));
    const ended = await Promise.all(waits);
    expect(ended.map((outcome) => valueOf(outcome).status)).toEqual(
      Array.from({ length: 3 }, () => "complete"),
    );
    expect(valueOf(await face().query(name, "SELECT COUNT(*) AS n FROM lines"))).toEqual([
      { n: 3 },
    ]);
  });

  test("a query after a token sees all that it covers, or is not run", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const address = { pipeline: name, table: "lines", connector: "file" };
    const tokens = [valueOf(await face().token(address, "head"))];
    const sql = "SELECT COUNT(*) AS n FROM lines";
    expect(errorOf(await face().query(name, sql, { tokens, seconds: 0 }))).toMatchObject({
      reason: "CompletionPending",
      details: {
        status: "inprogress",
        remaining: expect.stringMatching(/^[1-9]/u),
        reasons: expect.stringContaining("connector-paused"),
      },
    });
    const query = face().query(name, sql, { tokens: [...tokens, ...tokens], seconds: 60 });
    valueOf(await face().startConnector(address));
    expect(valueOf(await query)).toEqual([{ n: 3 }]);
    const wrong = await face().query(name, sql, { tokens: ["ct1_x"], seconds: 0 });
    expect(errorOf(wrong).reason).toBe("InvalidParam");
  });

  test("a connector is paused and started as often as asked", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const address = { pipeline: pipeline.name, table: "LINES", connector: "file" };
    for (const _ of [1, 2]) valueOf(await face().startConnector(address));
    expect(valueOf(await face().input(address)).paused).toBe(false);
    for (const _ of [1, 2]) valueOf(await face().pauseConnector(address));
    expect(valueOf(await face().input(address)).paused).toBe(true);
  });

  test.each([
    ["stopped", false],
    ["stopped by force", true],
  ])("a wait for all of several ends with a pipeline that is %s", async (_how, force) => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const token = valueOf(
      await face().token({ pipeline: name, table: "lines", connector: "file" }, "head"),
    );
    const waits = [
      face().checkSeveral(name, [token, token], { mode: "all", wait: 60 }),
      face().checkSeveral(name, [token, token], { mode: "any", wait: 60 }),
    ];
    expect(valueOf(await face().checkSeveral(name, [token], { mode: "all" }))).toEqual({
      status: "inprogress",
      tokens: ["inprogress"],
    });
    await stop(face(), name, force);
    for (const outcome of await Promise.all(waits)) {
      expect(errorOf(outcome).reason).toMatch(UNREACHABLE);
    }
  });

  test("a wait ends before its pipeline can be cleared and deleted, and another of that name knows nothing of it", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const token = valueOf(
      await face().token({ pipeline: name, table: "lines", connector: "file" }, "head"),
    );
    const wait = face().wait(name, token, 60);
    valueOf(await face().check(name, token));
    await stop(face(), name, true);
    expect(errorOf(await wait).reason).toMatch(UNREACHABLE);
    expect(errorOf(await face().wait(name, token, 60)).reason).toBe(
      "PipelineInteractionNotDeployed",
    );
    await clear(face(), name);
    valueOf(await face().delete(name));
    expect(errorOf(await face().wait(name, token, 60)).reason).toBe("UnknownPipelineName");
    valueOf(await face().create(name, readsPaused(file.path)));
    await until(face(), name, ({ programStatus }) => programStatus === "Success");
    await start(face(), name);
    expect(errorOf(await face().wait(name, token, 60)).reason).toBe("PipelineRestarted");
  });

  test("stopping the pipeline ends every wait", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const address = { pipeline: name, table: "lines", connector: "file" };
    const token = valueOf(await face().token(address, "head"));
    const waits = [1, 2].map(() => face().wait(name, token, 60));
    // The check comes back only after the waits have been taken up.
    valueOf(await face().check(name, token));
    valueOf(await face().stop(name, { force: true }));
    const ended = await Promise.all(waits);
    for (const outcome of ended) expect(errorOf(outcome).reason).toMatch(UNREACHABLE);
  });
}

/** Tries a server that allows two waiters: a third is refused until one of them has its answer. */
export function fullCases(face: () => ApiFace): void {
  test("more waiters than allowed are refused, and places come free again", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const address = { pipeline: name, table: "lines", connector: "file" };
    const token = valueOf(await face().token(address, "head"));
    const three = [1, 2, 3].map(() => face().wait(name, token, 60));
    // Only the one that is refused has an answer by now.
    expect(errorOf(await Promise.race(three))).toMatchObject({
      reason: "TooManyWaiters",
      details: { maximum: "2" },
    });
    const several = await face().checkSeveral(name, [token, token], { mode: "all", wait: 60 });
    expect(errorOf(several).reason).toBe("TooManyWaiters");
    expect(valueOf(await face().wait(name, token, 0)).status).toBe("inprogress");
    const push = { pipeline: name, table: "lines", format: "csv", force: true };
    // The push itself is taken, so its answer does not fail for want of a place to wait in.
    const pushed = valueOf(await face().push({ ...push, body: "9\n", wait: 60 }));
    expect(pushed).toEqual({ token: expect.stringMatching(/^ct1_/u), status: undefined });
    valueOf(await face().startConnector(address));
    const ended = await Promise.all(three);
    expect(ended.map((outcome) => outcome.kind).toSorted()).toEqual(["error", "value", "value"]);
    expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
  });
}
