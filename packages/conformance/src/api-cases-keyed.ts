/** Pushes that are safe to send again, and those that are answered later than queued. */

import { randomUUID } from "node:crypto";

import { expect, test } from "vitest";

import { type ApiFace, type ApiPush, errorOf, valueOf } from "./api-face.ts";
import { deployed, PROGRAM, start, stop } from "./api-pipeline.ts";

/** The same body under the same key is taken once. */
export function keyedCases(face: () => ApiFace): void {
  const count = async (pipeline: string): Promise<unknown> =>
    valueOf(await face().query(pipeline, "SELECT n FROM total"));
  const bag = `CREATE TABLE events (id INT NOT NULL);
    CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM events;
    CREATE TABLE others (id INT NOT NULL);`;

  test("H1: a body sent again under its key is taken once, at the same time and after a restart", async () => {
    await using pipeline = await deployed(face(), bag);
    const { name } = pipeline;
    const push = { pipeline: name, table: "events", format: "csv", body: "1\n2\n3\n" };
    const key = `a "quoted" word ${randomUUID()}`;
    const sent = [key, key, key].map((each) => face().ingest({ ...push, key: each }));
    const tokens = (await Promise.all(sent)).map((outcome) => valueOf(outcome));
    expect(new Set(tokens).size).toBe(1);
    const [token = ""] = tokens;
    expect(valueOf(await face().wait(name, token, 60)).status).toBe("complete");
    expect(await count(name)).toEqual([{ n: 3 }]);
    await stop(face(), name, true);
    await start(face(), name);
    expect(valueOf(await face().ingest({ ...push, key }))).toBe(token);
    valueOf(await face().ingest({ ...push, key: "another", wait: 60 }));
    expect(await count(name)).toEqual([{ n: 6 }]);
  });

  test("a body with bad records is answered alike under its key", async () => {
    await using pipeline = await deployed(face(), bag);
    const push = { pipeline: pipeline.name, table: "events", format: "csv", key: "k" };
    const body = "1\nx\n2\n";
    const first = errorOf(await face().ingest({ ...push, body }));
    expect(first).toMatchObject({
      reason: "ParseErrors",
      details: { num_errors: "1", records: "2" },
    });
    expect(errorOf(await face().ingest({ ...push, body }))).toEqual(first);
    valueOf(await face().wait(pipeline.name, first.details["token"] ?? "", 60));
    expect(await count(pipeline.name)).toEqual([{ n: 2 }]);
  });

  test("a key that was used for another push is refused, and says what differs", async () => {
    await using pipeline = await deployed(face(), bag);
    const push: ApiPush = {
      pipeline: pipeline.name,
      table: "events",
      format: "csv",
      key: "k",
      body: "1\n2\n",
    };
    valueOf(await face().ingest(push));
    const others = [
      { body: "1\n3\n" },
      { body: "1\n" },
      { body: "1\n2\n3\n" },
      { table: "others" },
    ];
    for (const other of others) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its push
      const error = errorOf(await face().ingest({ ...push, ...other }));
      expect(error).toMatchObject({
        reason: "IdempotencyKeyReused",
        details: {
          idempotency_key: "k",
          difference: expect.stringMatching(/^that one|^the first/u),
        },
      });
    }
    expect(errorOf(await face().ingest({ ...push, key: "k".repeat(256) })).reason).toBe(
      "InvalidParam",
    );
    valueOf(await face().ingest({ ...push, key: "last", wait: 60 }));
    expect(await count(pipeline.name)).toEqual([{ n: 4 }]);
  });

  test("a durable push survives whatever comes after its answer", async () => {
    await using pipeline = await deployed(face(), bag);
    const { name } = pipeline;
    const push = { pipeline: name, table: "events", format: "csv", durable: true };
    const token = valueOf(await face().ingest({ ...push, body: "1\n2\n" }));
    await stop(face(), name, true);
    await start(face(), name);
    expect(valueOf(await face().check(name, token)).status).toBe("complete");
    expect(await count(name)).toEqual([{ n: 2 }]);
  });

  test("a push that waits tells what it found", async () => {
    await using pipeline = await deployed(face());
    const push = { pipeline: pipeline.name, table: "numbers", format: "csv", body: "1,a\n" };
    expect(valueOf(await face().push({ ...push, wait: 60 })).status).toBe("complete");
    expect(valueOf(await face().push({ ...push, wait: 0 })).status).toMatch(/complete|inprogress/u);
    expect(valueOf(await face().push(push)).status).toBeUndefined();
  });

  test("several tokens are told one by one and together, lost ones too", async () => {
    await using pipeline = await deployed(face());
    await using other = await deployed(face(), PROGRAM, "paused");
    const { name } = pipeline;
    const csv = { pipeline: name, table: "numbers", format: "csv" };
    const a = valueOf(await face().ingest({ ...csv, body: "1,a\n" }));
    const b = valueOf(await face().ingest({ ...csv, body: "2,b\n" }));
    const lost = valueOf(
      await face().token({ pipeline: other.name, table: "ticks", connector: "seq" }),
    );
    const all = { mode: "all", wait: 60 } as const;
    const any = { mode: "any", wait: 60 } as const;
    expect(valueOf(await face().checkSeveral(name, [a, b, a], all))).toEqual({
      status: "complete",
      tokens: ["complete", "complete", "complete"],
    });
    expect(valueOf(await face().checkSeveral(name, [lost, b], { mode: "any" }))).toEqual({
      status: "complete",
      tokens: ["lost", "complete"],
    });
    const error = errorOf(await face().checkSeveral(name, [a, lost], all));
    expect(error.reason).toBe("PipelineRestarted");
    expect(JSON.parse(error.details["tokens"] ?? "")).toMatchObject([
      { status: "complete" },
      { status: "lost", error_code: "PipelineRestarted" },
    ]);
    expect(errorOf(await face().checkSeveral(name, [lost, lost], any)).reason).toBe(
      "PipelineRestarted",
    );
    expect(errorOf(await face().checkSeveral(name, [], all)).reason).toBe("InvalidParam");
    const odd = errorOf(await face().checkSeveral(name, [a, "odd"], any));
    expect(odd.message).toMatch(
      /^Invalid parameter: item 1 of 'tokens' is an invalid completion token: /u,
    );
  });
}
