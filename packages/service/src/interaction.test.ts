import { PipelineClosedError, PushLimitError } from "@tidemark/connector";
import { expect, test } from "vitest";

import { type Caller } from "./service.ts";
import { CALL, CALLER, harness, PROGRAM, refusal, started, until } from "./testing/harness.ts";

const JSON_FORMAT = { name: "json", config: {} };

function push(
  over: object = {},
): Parameters<Awaited<ReturnType<typeof harness>>["service"]["ingest"]>[1] {
  return {
    pipeline: "p",
    table: "t",
    format: JSON_FORMAT,
    force: false,
    body: bytes("abc"),
    ...over,
  };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test("a push answers the token that covers it", async () => {
  const parts = await harness();
  const running = await started(parts);
  const { token, records } = await parts.service.ingest(CALLER, push(), CALL);
  expect(records).toBe(3);
  expect(await parts.service.tokens.check(CALLER, "p", token)).toMatchObject({ remaining: 3n });
  running.deliver("t", "api-ingress-0");
  expect(await parts.service.tokens.check(CALLER, "p", token)).toMatchObject({
    status: "complete",
  });
});

test("an unknown table or format has the documented code", async () => {
  const parts = await harness();
  await started(parts);
  const table = await refusal(() => parts.service.ingest(CALLER, push({ table: "U" }), CALL));
  expect([table.reason, table.details]).toEqual([
    "ConfigError.UnknownInputStream",
    { config_error: { endpoint_name: "U.api-ingress-json", stream_name: "U" } },
  ]);
  const format = { name: "xml", config: {} };
  expect((await refusal(() => parts.service.ingest(CALLER, push({ format }), CALL))).message).toBe(
    "invalid controller configuration: Input endpoint 't.api-ingress-xml' specifies unknown input format 'xml'",
  );
});

test("a push beyond the limit of endpoints, or into a pipeline that is stopping, has the documented code", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.pushFault = new PushLimitError(100);
  expect((await refusal(() => parts.service.ingest(CALLER, push(), CALL))).reason).toBe(
    "ApiConnectionLimit",
  );
  running.pushFault = new PipelineClosedError("the pipeline is stopping");
  expect((await refusal(() => parts.service.ingest(CALLER, push(), CALL))).reason).toBe(
    "Terminating",
  );
});

test("records that don't fit are an error that holds number and token of those that did", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.errorCount = 2;
  const { reason, details } = await refusal(() => parts.service.ingest(CALLER, push(), CALL));
  expect(reason).toBe("ParseErrors");
  expect(details).toMatchObject({
    num_errors: 2,
    records: 3,
    token: expect.stringMatching(/^ct1_/u),
  });
});

test("a push into a paused pipeline waits until it is resumed, goes on by force, and gives up in time", async () => {
  const parts = await harness();
  await started(parts);
  await parts.service.pipelines.pause(CALLER, "p");
  const { records } = await parts.service.ingest(CALLER, push({ force: true }), CALL);
  expect(records).toBe(3);

  const waiting = parts.service.ingest(CALLER, push(), CALL);
  await parts.service.pipelines.resume(CALLER, "p");
  expect(await waiting).toMatchObject({ records: 3 });

  await parts.service.pipelines.pause(CALLER, "p");
  const late = refusal(() => parts.service.ingest(CALLER, push(), CALL));
  await Promise.resolve();
  parts.scheduler.advance(30_000);
  const { reason, message } = await late;
  expect(reason).toBe("PipelineInteractionUnreachable");
  expect(message).toContain("timeout (30s) was reached: the pipeline is paused");

  const stopped = refusal(() => parts.service.ingest(CALLER, push(), CALL));
  await parts.service.pipelines.stop(CALLER, "p", { force: true });
  expect((await stopped).reason).toBe("Terminating");
});

test("a query answers rows, or the engine's own sentence", async () => {
  const parts = await harness();
  await started(parts);
  const { rows } = await parts.service.query(CALLER, { pipeline: "p", sql: "SELECT 1" }, CALL);
  const chunks: unknown[] = [];
  for await (const chunk of rows) chunks.push(chunk);
  expect(chunks).toEqual([[[1]]]);
  const wrong = await refusal(() =>
    parts.service.query(CALLER, { pipeline: "p", sql: "SELEKT" }, CALL),
  );
  expect([wrong.reason, wrong.message, wrong.details]).toEqual([
    "AdHocQueryError",
    "Error during query processing: syntax error.",
    { error: "syntax error" },
  ]);
});

test("a query has a time limit, and ends when the caller gives up", async () => {
  const parts = await harness({ limits: { queryMs: 2000 } });
  await started(parts);
  const long = refusal(() => parts.service.query(CALLER, { pipeline: "p", sql: "hang" }, CALL));
  await Promise.resolve();
  parts.scheduler.advance(2000);
  expect((await long).message).toContain("the query took longer than 2 seconds");
  const given = new AbortController();
  const query = parts.service.query(CALLER, { pipeline: "p", sql: "hang" }, given);
  const reason = new Error("gave up");
  given.abort(reason);
  await expect(query).rejects.toBe(reason);
  expect(parts.scheduler.timers).toBe(0);
});

test("a query that a stop cuts off is not called wrong", async () => {
  const parts = await harness();
  await started(parts);
  const asked = { pipeline: "p", sql: "until the end" };
  const query = refusal(() => parts.service.query(CALLER, asked, CALL));
  await parts.service.pipelines.stop(CALLER, "p", { force: true });
  expect((await query).reason).toBe("PipelineInteractionUnreachable");
});

test("what a user does to a connector is kept, and given to the next deployment", async () => {
  const parts = await harness();
  const running = await started(parts);
  const address = { pipeline: "p", relation: "T", connector: "c" };
  await parts.service.connectors.pause(CALLER, address);
  expect(running.inputs()[0]?.paused).toBe(true);
  expect(await parts.service.connectors.inputStats(CALLER, address)).toMatchObject({
    endpoint: "t.c",
    paused: true,
  });
  await parts.service.pipelines.stop(CALLER, "p", { force: true });
  await until(parts.service, "p", (record) => record.resourcesStatus === "Stopped");
  await parts.service.pipelines.start(CALLER, "p", { initial: "paused", dismissError: true });
  await until(parts.service, "p", (record) => record.runtimeStatus === "Paused");
  expect(parts.pipelines[1]?.deployment).toMatchObject({
    paused: true,
    record: { connectorPaused: { "t.c": true } },
  });
});

test("an unknown output connector says what there is", async () => {
  const parts = await harness();
  await started(parts);
  const stats = (relation: string) => () =>
    parts.service.connectors.outputStats(CALLER, { pipeline: "p", relation, connector: "c" });
  expect((await refusal(stats("v"))).message).toBe(
    "unknown output endpoint name 'v.c': view 'v' has no output connector 'c'; it has none",
  );
  expect((await refusal(stats("w"))).message).toBe(
    "unknown output endpoint name 'w.c': the pipeline has no view 'w'; it has 'v'",
  );
});

test("nothing can be asked of a tenant's pipeline by another tenant", async () => {
  const parts = await harness();
  await parts.service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  const other: Caller = { tenant: "other", role: "admin" };
  expect((await refusal(() => parts.service.pipelines.get(other, "p"))).reason).toBe(
    "UnknownPipelineName",
  );
  expect(await parts.service.pipelines.list(other)).toEqual([]);
});
