/** The main job: from a program to a token that is complete, and the rows that it stands for. */

import { expect, test } from "vitest";

import { type ApiFace, valueOf } from "./api-face.ts";
import { deployed, until, untilEnded } from "./api-pipeline.ts";

/** Has everything that was written been processed yet? */
export function mainJobCases(face: () => ApiFace): void {
  test("what was pushed is queryable once its token is complete", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const body = [1, 2, 3].map((id) => `{"insert":{"id":${id},"label":"${"aab"[id - 1]}"}}`);
    const token = valueOf(
      await face().ingest({
        pipeline: name,
        table: "Numbers",
        format: "json",
        body: body.join("\n"),
      }),
    );
    expect(token).toMatch(/^ct1_[-\w]+$/u);
    const done = valueOf(await face().wait(name, token, 60));
    expect(done).toEqual({
      status: "complete",
      step: expect.any(Number),
      remaining: 0,
      reasons: [],
      rejected: 0,
      rejections: [],
    });
    expect(valueOf(await face().check(name, token))).toMatchObject({ status: "complete" });
    expect(valueOf(await face().query(name, "SELECT label, n FROM labels ORDER BY label"))).toEqual(
      [
        { label: "a", n: 2 },
        { label: "b", n: 1 },
      ],
    );
  });

  test("a connector's token becomes complete with what it has taken in", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const address = { pipeline: name, table: "ticks", connector: "seq" };
    const first = valueOf(await face().token(address));
    expect(valueOf(await face().wait(name, first, 60)).status).toBe("complete");
    await untilEnded(face(), address);
    const all = valueOf(await face().token(address));
    expect(valueOf(await face().wait(name, all, 60)).status).toBe("complete");
    expect(valueOf(await face().input(address))).toMatchObject({
      endpoint: "ticks.seq",
      paused: false,
      totalRecords: 3,
    });
    expect(valueOf(await face().query(name, "SELECT COUNT(*) AS n FROM ticks"))).toEqual([
      { n: 3 },
    ]);
  });

  test("two tokens with no input in between are the same text", async () => {
    await using pipeline = await deployed(face());
    const address = { pipeline: pipeline.name, table: "ticks", connector: "seq" };
    await untilEnded(face(), address);
    const token = valueOf(await face().token(address));
    expect(valueOf(await face().token(address))).toBe(token);
  });

  test("a joined token is complete when its parts are, in any order and however often", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const csv = { pipeline: name, table: "numbers", format: "csv" };
    const a = valueOf(await face().ingest({ ...csv, body: "1,a\n" }));
    const b = valueOf(await face().token({ pipeline: name, table: "ticks", connector: "seq" }));
    const joined = valueOf(await face().join(name, [a, b]));
    expect(valueOf(await face().join(name, [b, a, joined]))).toBe(joined);
    expect(valueOf(await face().wait(name, joined, 60)).status).toBe("complete");
  });

  test("padding at the end of a token does no harm", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const token = valueOf(await face().token({ pipeline: name, table: "ticks", connector: "seq" }));
    expect(valueOf(await face().wait(name, `${token}==`, 60)).status).toBe("complete");
  });

  test("a pipeline is listed, and read as it was created", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    expect(valueOf(await face().list())).toContain(name);
    expect(await until(face(), name, () => true)).toMatchObject({
      name,
      programStatus: "Success",
      storageStatus: "InUse",
      programErrors: [],
    });
  });
}
