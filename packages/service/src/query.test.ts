import { expect, test } from "vitest";

import { CALL, CALLER, harness, refusal, started, until } from "./testing/harness.ts";

const ADDRESS = { pipeline: "p", relation: "t", connector: "c" };
const RECEIVED = { ...CALL, basis: "received" as const };
const OTHER = { ...ADDRESS, connector: "unnamed-1" };

type Parts = Awaited<ReturnType<typeof harness>>;

function ask(parts: Parts, tokens: readonly string[], timeoutMs = 5000, call = CALL) {
  const after = { tokens, timeoutMs };
  return parts.service.query(CALLER, { pipeline: "p", sql: "SELECT 1", after }, call);
}

test("a query runs once all of its tokens are complete", async () => {
  const parts = await harness();
  const running = await started(parts);
  const { tokens } = parts.service;
  running.receive("t", "c", 5n);
  running.receive("t", "unnamed-1", 2n);
  const both = [
    await tokens.issue(CALLER, ADDRESS, RECEIVED),
    await tokens.issue(CALLER, OTHER, RECEIVED),
  ];
  let answered = false;
  const query = ask(parts, both).then((result) => {
    answered = true;
    return result;
  });
  running.deliver("t", "c");
  parts.scheduler.advance(1);
  await Promise.resolve();
  expect(answered).toBe(false);
  running.deliver("t", "unnamed-1");
  parts.scheduler.advance(1);
  const rows: unknown[] = [];
  for await (const piece of (await query).rows) rows.push(...piece);
  expect(rows).toEqual([[1]]);
});

test("when the time is up the query is not run, and says what remains and why", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  running.publish("t", "c", 2n);
  const late = refusal(() => ask(parts, [token], 2500));
  await Promise.resolve();
  parts.scheduler.advance(2500);
  const { reason, message, details } = await late;
  expect(reason).toBe("CompletionPending");
  expect(message).toContain("were not complete within 2.5 seconds, 3 offsets remain.");
  expect(details).toMatchObject({ status: "inprogress", remaining: 3 });
  expect((await refusal(() => ask(parts, [token], 0))).reason).toBe("CompletionPending");
  expect(parts.scheduler.timers).toBe(0);
});

test("a token that can't be judged or met is refused as by a check, before anything is waited for", async () => {
  const parts = await harness({ limits: { maxJoinedTokens: 2 } });
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  expect((await refusal(() => ask(parts, ["ct1_xx"]))).reason).toBe("InvalidParam");
  expect((await refusal(() => ask(parts, [token, ""]))).reason).toBe("InvalidParam");
  expect((await refusal(() => ask(parts, [token, token, token]))).message).toContain(
    "3 tokens are too many to wait for; the most allowed is 2",
  );
  await parts.service.pipelines.stop(CALLER, "p", { force: true });
  await until(parts.service, "p", (record) => record.resourcesStatus === "Stopped");
  expect((await refusal(() => ask(parts, ["ct1_xx"]))).reason).toBe(
    "PipelineInteractionNotDeployed",
  );
});

test("a wait for tokens ends when the caller gives up, and when the pipeline does", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.receive("t", "c", 5n);
  const token = await parts.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  const given = new AbortController();
  const reason = new Error("gave up");
  const query = ask(parts, [token], 5000, given);
  given.abort(reason);
  await expect(query).rejects.toBe(reason);
  const stopped = refusal(() => ask(parts, [token]));
  await parts.service.pipelines.stop(CALLER, "p", { force: true });
  expect((await stopped).reason).toMatch(/^(?:Terminating|PipelineInteraction)/u);
});
