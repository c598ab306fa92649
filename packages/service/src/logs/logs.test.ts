import * as fc from "fast-check";
import { expect, test } from "vitest";

import { CALL, CALLER, harness, refusal, started, until } from "../testing/harness.ts";
import { PipelineLog } from "./pipeline-log.ts";
import { startAt } from "./log-cursor.ts";

const EPOCH = "01890000-0000-7000-8000-000000000001";

async function all(lines: AsyncIterable<string>): Promise<readonly string[]> {
  let text = "";
  for await (const piece of lines) text += piece;
  return text.split("\n").slice(0, -1);
}

function filled(lines: number): PipelineLog {
  const log = new PipelineLog(EPOCH);
  for (let line = 1; line <= lines; line += 1) log.append(`line ${line}`);
  return log;
}

test("a reader who comes back with its cursor gets every line once, or is told how many are gone", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 1500 }), { maxLength: 6 }),
      fc.nat({ max: 40 }),
      async (bursts, most) => {
        const log = new PipelineLog(EPOCH);
        let written = 0;
        let cursor = "";
        let counted = 0;
        for (const burst of [...bursts, 0]) {
          for (let i = 0; i < burst; i += 1) log.append(`line ${(written += 1)}`);
          const { seq, gap } = startAt(log, cursor);
          const lines = await all(log.read(seq, { follow: false, ...CALL }));
          const read = burst === 0 ? lines : lines.slice(0, most);
          expect(seq - gap).toBe(counted);
          expect(read).toEqual(read.map((_, i) => `line ${seq + 1 + i}`));
          counted = seq + read.length;
          cursor = `${EPOCH}:${counted}`;
        }
        expect(counted).toBe(written);
      },
    ),
  );
});

test("what is kept is bounded, by lines and by characters", async () => {
  const many = filled(5000);
  expect(many.last).toBe(5000);
  const kept = await all(many.read(startAt(many, "").seq, { follow: false, ...CALL }));
  expect(kept).toHaveLength(2000);
  const long = new PipelineLog(EPOCH);
  for (let i = 0; i < 200; i += 1) long.append("x".repeat(1_000_000));
  const lines = await all(long.read(startAt(long, "").seq, { follow: false, ...CALL }));
  expect(lines.join("").length).toBeLessThanOrEqual(262_144);
  expect(lines.every((line) => line.length <= 4096)).toBe(true);
});

test("any text is one line, and moves no terminal", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 50 }), async (text) => {
      const log = new PipelineLog(EPOCH);
      log.append(`\u001B[2J${text}\n${text}`);
      const lines = await all(log.read(0, { follow: false, ...CALL }));
      expect(lines).toHaveLength(1);
      expect(lines.join("")).not.toMatch(/\p{Cc}/u);
    }),
  );
});

test.each([
  ["", 1000, 1000],
  [`${EPOCH}:0`, 1000, 1000],
  [`${EPOCH}:999`, 1000, 1],
  [`${EPOCH}:1000`, 1000, 0],
  [`${EPOCH}:2999`, 2999, 0],
  [`${EPOCH}:18446744073709551615`, 3000, 0],
  ["01890000-0000-7000-8000-00000000ffff:7", 1000, 1000],
])("a reading after '%s' begins after line %i, with %i lines missing", (cursor, seq, gap) => {
  expect(startAt(filled(3000), cursor)).toEqual({ epoch: EPOCH, seq, gap });
});

test.each(["nonsense", "1", EPOCH, `${EPOCH}:`, `${EPOCH}:-1`, `${EPOCH}:1.5`, `x:1`, " "])(
  "the cursor '%s' is refused",
  async (cursor) => {
    const { reason, message } = await refusal(() => startAt(filled(1), cursor));
    expect(reason).toBe("InvalidParam");
    expect(message).toContain("<epoch>:<seq>");
  },
);

test("a follower gets lines as they come, and ends with the log", async () => {
  const log = filled(1);
  const lines = log.read(0, { follow: true, ...CALL });
  expect((await lines.next()).value).toBe("line 1\n");
  const next = lines.next();
  log.append("line 2");
  expect((await next).value).toBe("line 2\n");
  const last = lines.next();
  log.close();
  expect((await last).done).toBe(true);
});

test("a follower who is too slow for what is kept ends without a gap", async () => {
  const log = filled(1);
  const lines = log.read(0, { follow: true, ...CALL });
  await lines.next();
  for (let i = 0; i < 3000; i += 1) log.append("more");
  expect((await lines.next()).done).toBe(true);
});

test("a follower who leaves is forgotten at once", async () => {
  const log = filled(1);
  const left = new AbortController();
  const lines = log.read(1, { follow: true, signal: left.signal });
  const next = lines.next();
  left.abort();
  expect((await next).done).toBe(true);
});

test("a pipeline's log tells of its life, from its making until it is deleted", async () => {
  const parts = await harness();
  const { pipelines } = parts.service;
  const running = await started(parts);
  running.deployment.log({
    level: "warn",
    message: "an input has trouble",
    endpoint: "t.c",
    error: new Error("no route", { cause: new Error("to host\nb") }),
  });
  await parts.service.connectors.pause(CALLER, {
    pipeline: "p",
    relation: "t",
    connector: "c",
  });
  running.fail(new Error('the view broke: {"password": "hunter2"}'));
  await until(parts.service, "p", (record) => record.resourcesStatus === "Stopped");
  const followed = await pipelines.logs(CALLER, "p", { cursor: "", follow: true }, CALL);
  await pipelines.clear(CALLER, "p");
  await until(parts.service, "p", (record) => record.storageStatus === "Cleared");
  await pipelines.delete(CALLER, "p");
  const lines = await all(followed.lines);
  expect(followed.position).toMatchObject({ seq: 0, gap: 0 });
  expect(lines.join("\n")).not.toContain("hunter2");
  const told = lines.map((line) => line.replace(/^\S+ /u, ""));
  const expected = [
    "INFO the log begins",
    "INFO the pipeline is to be Running",
    "INFO the program's status is Success",
    "INFO the pipeline is Provisioning",
    "INFO the pipeline is Running",
    "WARN [t.c] an input has trouble: no route: to host\\nb",
    "INFO [t.c] paused by a user",
    'ERROR a pipeline ended by itself: the view broke: {"password": "[redacted]"}',
    'ERROR RuntimeError.WorkerPanic: The pipeline stopped because of a fault: the view broke: {"password": "[redacted]"}',
    "INFO the pipeline is Stopped",
    "INFO its storage is Cleared",
  ];
  expect(told.filter((line) => expected.includes(line))).toEqual(expected);
});

test("what is wrong with a program is in its pipeline's log, with its place", async () => {
  const { service } = await harness();
  await service.pipelines.create(CALLER, { name: "p", programCode: "CREATE TABEL t (a INT)" });
  await until(service, "p", (record) => record.programStatus === "SqlError");
  const { lines } = await service.pipelines.logs(CALLER, "p", { follow: false }, CALL);
  const text = (await all(lines)).join("\n");
  expect(text).toContain("ERROR the program's status is SqlError");
  expect(text).toMatch(/ERROR line 1, column \d+: /u);
});

test("another tenant's pipeline has no log, as one that never was", async () => {
  const parts = await harness();
  await parts.service.pipelines.create(CALLER, { name: "p", programCode: "" });
  const stranger = { ...CALLER, tenant: "other" };
  for (const [caller, name] of [
    [stranger, "p"],
    [CALLER, "q"],
  ] as const) {
    const { reason } = await refusal(() =>
      parts.service.pipelines.logs(caller, name, { follow: false }, CALL),
    );
    expect(reason).toBe("UnknownPipelineName");
  }
});

test("without a cursor no position is answered, and lines that are gone are told in one", async () => {
  const parts = await harness();
  const running = await started(parts);
  for (let i = 0; i < 3000; i += 1) running.deployment.log({ level: "info", message: `${i}` });
  const { position, lines } = await parts.service.pipelines.logs(
    CALLER,
    "p",
    { follow: false },
    CALL,
  );
  expect(position).toBeUndefined();
  expect((await all(lines))[0]).toMatch(/^\.\.\. \d+ earlier lines are no longer kept$/u);
});
