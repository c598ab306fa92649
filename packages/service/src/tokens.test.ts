import { connectorIdOf, incarnationOf, UnreadableError } from "@tidemark/connector";
import { encodeToken, frontier } from "@tidemark/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type TokenStatus } from "./service.ts";
import { CALL, CALLER, harness, refusal, sealer, started, until } from "./testing/harness.ts";

const ADDRESS = { pipeline: "p", relation: "t", connector: "c" };
const RECEIVED = { ...CALL, basis: "received" as const };
const LONG = { ...CALL, timeoutMs: 60_000 };

test("a token goes from inprogress to complete, and says what remains and the step", async () => {
  const parts = await harness();
  const running = await started(parts);
  const { tokens } = parts.service;
  running.receive("t", "c", 5n);
  const token = await tokens.issue(CALLER, ADDRESS, RECEIVED);
  running.publish("t", "c", 2n);
  expect(await tokens.check(CALLER, "p", token)).toMatchObject({
    status: "inprogress",
    step: undefined,
    remaining: 3n,
  });
  running.deliver("t", "c");
  expect(await tokens.check(CALLER, "p", token)).toMatchObject({
    status: "complete",
    step: 7n,
    remaining: 0n,
  });
});

test("a table is named by the identifier rules, a connector exactly, an unnamed one by its place", async () => {
  const parts = await harness();
  await started(parts);
  const issue = (relation: string, connector: string) => () =>
    parts.service.tokens.issue(CALLER, { pipeline: "p", relation, connector }, RECEIVED);
  const token = await issue("t", "c")();
  expect(await issue("T", "c")()).toBe(token);
  expect(await issue('"t"', "c")()).toBe(token);
  expect(await issue("t", "unnamed-1")()).not.toBe(token);
  const unknown = await refusal(issue("t", "C"));
  expect(unknown.message).toBe(
    "unknown input endpoint name 't.C': table 't' has no input connector 'C'; it has 'c', 'unnamed-1'",
  );
  expect(unknown.details).toEqual({
    endpoint_name: "t.C",
    pipeline_name: "p",
    table_name: "t",
    connector_name: "C",
  });
  expect((await refusal(issue('"T"', "c"))).message).toBe(
    "unknown input endpoint name 'T.c': the pipeline has no table 'T'; it has 't'",
  );
});

test("a basis that the source can't tell is refused", async () => {
  const parts = await harness();
  await started(parts);
  const { reason, message } = await refusal(() =>
    parts.service.tokens.issue(CALLER, ADDRESS, { ...CALL, basis: "head" }),
  );
  expect(reason).toBe("InvalidParam");
  expect(message).toContain("can't tell its head position");
});

test("a source that can't be reached is no fault of ours, passes, and does not speak to callers", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.sourceFault = new Error("connect ECONNREFUSED");
  const refused = await refusal(() =>
    parts.service.tokens.issue(CALLER, ADDRESS, { ...CALL, basis: "head" }),
  );
  expect(refused.reason).toBe("PipelineInteractionUnreachable");
  expect(refused.message).toContain("the source of connector 'c' of table 't' could not be read");
  expect(refused.message).not.toContain("ECONNREFUSED");
  expect(refused.cause).toBe(running.sourceFault);
});

test("a source that says why it can't be asked now is heard", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.sourceFault = new UnreadableError("topic 't' can't be asked");
  const { reason, message } = await refusal(() =>
    parts.service.tokens.issue(CALLER, ADDRESS, { ...CALL, basis: "head" }),
  );
  expect(reason).toBe("PipelineInteractionUnreachable");
  expect(message).toContain("topic 't' can't be asked");
});

test("the gate comes before the token", async () => {
  const parts = await harness();
  const { tokens, pipelines } = parts.service;
  expect((await refusal(() => tokens.check(CALLER, "p", "no token"))).reason).toBe(
    "UnknownPipelineName",
  );
  await started(parts);
  await pipelines.stop(CALLER, "p", { force: true });
  await until(parts.service, "p", (record) => record.resourcesStatus === "Stopped");
  expect((await refusal(() => tokens.check(CALLER, "p", "no token"))).details).toEqual({
    pipeline_name: "p",
    status: "Stopped",
    desired_status: "Stopped",
  });
});

test("any text that is no token of this server is one clear error", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 1n);
  const { tokens } = parts.service;
  const token = await tokens.issue(CALLER, ADDRESS, RECEIVED);
  const foreign = encodeToken(
    {
      pipeline: "01890000-0000-7000-8000-000000000001",
      claims: [
        {
          connector: connectorIdOf("t", "c"),
          incarnation: incarnationOf("x"),
          frontier: frontier([["0", 1n]]),
          level: "delivered",
        },
      ],
    },
    sealer("another key"),
  );
  const texts = [
    "",
    "x",
    `${token.slice(0, -2)}AA`,
    token.slice(0, 20),
    foreign,
    "x".repeat(2 ** 20),
  ];
  for (const text of texts) {
    const { reason, message } = await refusal(() => tokens.check(CALLER, "p", text));
    expect(reason).toBe("InvalidParam");
    expect(message).toMatch(/^Invalid parameter: invalid completion token: .+\.$/u);
    expect(message.length).toBeLessThan(500);
  }
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      expect((await refusal(() => tokens.check(CALLER, "p", text))).reason).toBe("InvalidParam");
    }),
  );
});

test("a token of another pipeline names both", async () => {
  const parts = await harness();
  await started(parts, "p");
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  await started(parts, "q");
  const { reason, message, details } = await refusal(() =>
    parts.service.tokens.check(CALLER, "q", token),
  );
  const [p, q] = await parts.service.pipelines.list(CALLER);
  expect(reason).toBe("PipelineRestarted");
  expect(message).toContain(`(incarnation uuid: ${p?.id})`);
  expect(message).toContain(`current incarnation (${q?.id})`);
  expect(message).toMatch(
    /^Completion token was created by a previous incarnation of the pipeline/u,
  );
  expect(details).toEqual({ error: message });
});

test("a lost token says what became of it, by the documented codes", async () => {
  const parts = await harness();
  const running = await started(parts);
  const { id } = await parts.service.pipelines.get(CALLER, "p");
  const connector = connectorIdOf("t", "c");
  const claim = { connector, level: "delivered" as const, frontier: frontier([["0", 9n]]) };
  const minted = (over: object): string =>
    encodeToken(
      {
        pipeline: id,
        claims: [{ ...claim, incarnation: incarnationOf(running.life, connector), ...over }],
      },
      sealer("a key"),
    );
  const reasonOf = async (over: object): Promise<string> =>
    (await refusal(() => parts.service.tokens.check(CALLER, "p", minted(over)))).reason;
  expect(await reasonOf({ connector: connectorIdOf("t", "gone") })).toBe("PipelineRestarted");
  expect(await reasonOf({ incarnation: incarnationOf("cleared") })).toBe("PipelineRestarted");
  const ended = incarnationOf("epoch 1");
  running.board.publish({
    connector,
    incarnation: incarnationOf(running.life, connector),
    frontier: frontier([]),
    level: "delivered",
    atMs: 0,
    ended: (incarnation) =>
      incarnation === ended
        ? { incarnation, finalFrontier: frontier([["0", 3n]]), frontier: frontier([["0", 3n]]) }
        : undefined,
    reasons: [],
  });
  expect(await reasonOf({ incarnation: ended })).toBe("CompletionTokenLost");
  const refused = await refusal(() =>
    parts.service.tokens.check(CALLER, "p", minted({ incarnation: ended })),
  );
  expect(refused.message).toBe(
    "Input that the completion token covers is lost: the input was accepted but did not become durable before the engine or source ended. Send it again and take a new token.",
  );
  running.faults.set(connector, "the table was dropped");
  const failed = await refusal(() =>
    parts.service.tokens.check(CALLER, "p", minted({ incarnation: ended })),
  );
  expect(failed.message).toMatch(/Connector 't\.c' has failed: the table was dropped\.$/u);
});

test("a joined token is complete when all its parts are", async () => {
  const parts = await harness();
  const running = await started(parts);
  const { tokens } = parts.service;
  running.receive("t", "c", 2n);
  running.receive("t", "unnamed-1", 3n);
  const one = await tokens.issue(CALLER, ADDRESS, RECEIVED);
  const two = await tokens.issue(CALLER, { ...ADDRESS, connector: "unnamed-1" }, RECEIVED);
  const joined = await tokens.join(CALLER, "p", [one, two]);
  expect(await tokens.join(CALLER, "p", [two, one, joined])).toBe(joined);
  running.deliver("t", "c");
  expect(await tokens.check(CALLER, "p", joined)).toMatchObject({ remaining: 3n });
  running.deliver("t", "unnamed-1");
  expect(await tokens.check(CALLER, "p", joined)).toMatchObject({ status: "complete" });
  expect((await refusal(() => tokens.join(CALLER, "p", []))).reason).toBe("InvalidParam");
  expect((await refusal(() => tokens.join(CALLER, "p", [one, "x"]))).reason).toBe("InvalidParam");
});

test("H5: a wait resolves at its deadline with what is pending, and at most after the service's limit", async () => {
  const parts = await harness({ limits: { maxWaitMs: 1000 } });
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  const now = await parts.service.tokens.wait(CALLER, "p", token, { ...CALL, timeoutMs: 0 });
  expect(now.status).toBe("inprogress");
  const waits = [10, 1e9].map((timeoutMs) =>
    parts.service.tokens.wait(CALLER, "p", token, { ...CALL, timeoutMs }),
  );
  parts.scheduler.advance(10);
  expect(await waits[0]).toMatchObject({ status: "inprogress", remaining: 5n });
  parts.scheduler.advance(990);
  expect(await waits[1]).toMatchObject({ status: "inprogress", remaining: 5n });
  expect([running.board.waiting, parts.scheduler.timers]).toEqual([0, 0]);
});

test("H4: what completes a token while its wait is being set up is told", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  running.attend = () => {
    running.deliver("t", "c");
    return () => {};
  };
  const { status } = await parts.service.tokens.wait(CALLER, "p", token, LONG);
  expect(status).toBe("complete");
  expect([running.board.waiting, parts.scheduler.timers]).toEqual([0, 0]);
});

test("H5: a wait that is cancelled rejects with the caller's reason and leaves nothing behind", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  const given = new AbortController();
  const { signal } = given;
  const wait = parts.service.tokens.wait(CALLER, "p", token, { signal, timeoutMs: 1000 });
  const reason = new Error("gave up");
  given.abort(reason);
  await expect(wait).rejects.toBe(reason);
  expect([running.board.waiting, parts.scheduler.timers]).toEqual([0, 0]);
});

test("a wait ends with its pipeline", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  const wait = parts.service.tokens.wait(CALLER, "p", token, LONG);
  const refused = refusal(() => wait);
  await parts.service.pipelines.stop(CALLER, "p", { force: true });
  expect((await refused).reason).toBe("PipelineInteractionUnreachable");
});

test("H11: 10,000 waiters are released in portions, each exactly once", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  const released: number[] = [];
  const waits = Array.from({ length: 10_000 }, async (_, i) => {
    const { status } = await parts.service.tokens.wait(CALLER, "p", token, LONG);
    released.push(i);
    return status;
  });
  expect(running.board.waiting).toBe(10_000);
  running.deliver("t", "c");
  const portions: number[] = [];
  for (let before = 0; released.length < waits.length; before = released.length) {
    parts.scheduler.turn();
    await new Promise(setImmediate);
    portions.push(released.length - before);
  }
  expect(Math.max(...portions)).toBeLessThanOrEqual(500);
  expect(new Set(released).size).toBe(released.length);
  expect(new Set(await Promise.all(waits))).toEqual(new Set(["complete"]));
  expect(parts.scheduler.timers).toBe(0);
});

test("waiters beyond the limit are refused, and make room when they leave", async () => {
  const parts = await harness({ limits: { maxWaiters: 1 } });
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const { tokens } = parts.service;
  const token = await tokens.issue(CALLER, ADDRESS, RECEIVED);
  const first = tokens.wait(CALLER, "p", token, LONG);
  const wait = (): Promise<TokenStatus> => tokens.wait(CALLER, "p", token, LONG);
  expect((await refusal(wait)).reason).toBe("TooManyWaiters");
  running.deliver("t", "c");
  await first;
  expect(await wait()).toMatchObject({ status: "complete" });
  running.receive("t", "c", 1n);
  const later = await tokens.issue(CALLER, ADDRESS, RECEIVED);
  const second = tokens.wait(CALLER, "p", later, LONG);
  running.deliver("t", "c");
  expect(await second).toMatchObject({ status: "complete" });
});

test("watching a token shows every state it can, conflated, and ends after complete", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 9n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  const seen: bigint[] = [];
  for await (const { remaining } of parts.service.tokens.watch(CALLER, "p", token, CALL)) {
    seen.push(remaining);
    if (remaining === 9n) {
      running.publish("t", "c", 1n);
      running.publish("t", "c", 4n);
    } else running.deliver("t", "c");
  }
  expect(seen).toEqual([9n, 5n, 0n]);
  expect(running.board.waiting).toBe(0);
});

test("a watch ends with its pipeline, and when the caller leaves", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 9n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  const watch = (): AsyncIterator<TokenStatus> =>
    parts.service.tokens.watch(CALLER, "p", token, CALL)[Symbol.asyncIterator]();
  const left = watch();
  await left.next();
  await left.return?.();
  expect(running.board.waiting).toBe(0);
  const ended = watch();
  await ended.next();
  const refused = refusal(() => ended.next());
  await parts.service.pipelines.stop(CALLER, "p", { force: true });
  expect((await refused).reason).toBe("PipelineInteractionUnreachable");
});
