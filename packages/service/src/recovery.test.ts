import * as fc from "fast-check";
import { expect, test } from "vitest";

import { deploymentStatus } from "./deployment-status.ts";
import { nextJob } from "./pipelines/next-job.ts";
import { ServiceError } from "./service-error.ts";
import { CALL, CALLER, type Harness, harness, PROGRAM, started, until } from "./testing/harness.ts";

const START = { initial: "running", dismissError: true };
const FORCE = { force: true };
const ADDRESS = { pipeline: "p", relation: "t", connector: "c" };
const RECEIVED = { ...CALL, basis: "received" as const };

test("after a restart every pipeline is brought back to the state that was asked for", async () => {
  const before = await harness();
  for (const name of ["running", "paused", "stopped"]) await started(before, name);
  const { pipelines } = before.service;
  await pipelines.pause(CALLER, "paused");
  await pipelines.stop(CALLER, "stopped", FORCE);
  await until(before.service, "stopped", (record) => record.resourcesStatus === "Stopped");
  const { service } = await harness({ registry: before.registry.copy() });
  await until(service, "running", (record) => record.runtimeStatus === "Running");
  await until(service, "paused", (record) => record.runtimeStatus === "Paused");
  const states = (await service.pipelines.list(CALLER)).map((record) => deploymentStatus(record));
  expect(states.map(({ status, desired }) => [status, desired])).toEqual([
    ["Running", "Running"],
    ["Paused", "Paused"],
    ["Stopped", "Stopped"],
  ]);
});

test("a token from before a restart is judged as ever", async () => {
  const before = await harness();
  const running = await started(before);
  running.receive("t", "c", 2n);
  const token = await before.service.tokens.issue(CALLER, ADDRESS, RECEIVED);
  await before.service[Symbol.asyncDispose]();
  expect(running.drained).toBe(1);
  const after = await harness({ registry: before.registry.copy() });
  await until(after.service, "p", (record) => record.runtimeStatus === "Running");
  const [resumed] = after.pipelines;
  resumed?.publish("t", "c", 1n);
  expect(await after.service.tokens.check(CALLER, "p", token)).toMatchObject({ remaining: 1n });
  resumed?.publish("t", "c", 2n);
  expect(await after.service.tokens.check(CALLER, "p", token)).toMatchObject({
    status: "complete",
  });
});

test("disposing drains what runs and keeps what is desired", async () => {
  const parts = await harness();
  const running = await started(parts);
  await parts.service[Symbol.asyncDispose]();
  expect([running.drained, running.disposed]).toEqual([1, 1]);
  const [record] = await parts.registry.listAll();
  expect(record).toMatchObject({ resourcesDesired: "Provisioned", runtimeDesired: "Running" });
  expect(parts.scheduler.timers).toBe(0);
});

test("a pipeline that can't be recovered doesn't stop the others, and holds up ready only for a time", async () => {
  const before = await harness();
  for (const name of ["hangs", "fails", "works"]) await started(before, name);
  const after = await harness({ registry: before.registry.copy() });
  after.beforeDeploy = async ({ record }) => {
    if (record.name === "hangs") await new Promise(() => {});
    if (record.name === "fails") throw new Error("broken");
  };
  await until(after.service, "works", (record) => record.runtimeStatus === "Running");
  await until(after.service, "fails", (record) => record.deploymentError !== undefined);
  expect(after.service.ready).toBe(false);
  after.scheduler.advance(10_000);
  await Promise.resolve();
  await expect.poll(() => after.service.ready, { interval: 0 }).toBe(true);
});

test("clearing and compiling that a crash cut short are done again", async () => {
  const before = await harness();
  await started(before);
  await before.service.pipelines.stop(CALLER, "p", FORCE);
  await until(before.service, "p", (record) => record.resourcesStatus === "Stopped");
  before.clear = () => new Promise(() => {});
  before.compile = () => new Promise(() => {});
  await before.service.pipelines.clear(CALLER, "p");
  await before.service.pipelines.create(CALLER, { name: "q", programCode: PROGRAM });
  await until(before.service, "q", (record) => record.programStatus === "CompilingSql");
  const after = await harness({ registry: before.registry.copy() });
  await until(after.service, "p", (record) => record.storageStatus === "Cleared");
  await until(after.service, "q", (record) => record.programStatus === "Success");
  expect(after.cleared).toHaveLength(1);
});

const ACTIONS = {
  create: ({ service }) => service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM }),
  start: ({ service }) => service.pipelines.start(CALLER, "p", START),
  startPaused: ({ service }) =>
    service.pipelines.start(CALLER, "p", { initial: "paused", dismissError: false }),
  stop: ({ service }) => service.pipelines.stop(CALLER, "p", { force: false }),
  kill: ({ service }) => service.pipelines.stop(CALLER, "p", FORCE),
  pause: ({ service }) => service.pipelines.pause(CALLER, "p"),
  resume: ({ service }) => service.pipelines.resume(CALLER, "p"),
  clear: ({ service }) => service.pipelines.clear(CALLER, "p"),
  edit: ({ service }) =>
    service.pipelines.patch(CALLER, "p", { programCode: `${PROGRAM} -- ${Math.random()}` }),
  breakProgram: ({ service }) => service.pipelines.patch(CALLER, "p", { programCode: "broken" }),
  delete: ({ service }) => service.pipelines.delete(CALLER, "p"),
  fail: async ({ pipelines }) => pipelines.at(-1)?.fail(new Error("a fault")),
} satisfies Record<string, (parts: Harness) => Promise<unknown>>;
type Action = keyof typeof ACTIONS | "crash" | "settle";

/** Resolves once nothing is under way any more; fakes do nothing but microtasks. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

test("whatever is done in whatever order, a pipeline comes to rest as desired, with one thing running at most", async () => {
  const actions = fc.constantFrom<Action>(
    "create",
    "start",
    "startPaused",
    "stop",
    "kill",
    "pause",
    "resume",
    "clear",
    "edit",
    "breakProgram",
    "delete",
    "fail",
    "crash",
    "settle",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(actions, { maxLength: 30 }), async (steps) => {
      let parts = await harness();
      for (const step of ["create" as const, ...steps]) {
        if (step === "crash") parts = await harness({ registry: parts.registry.copy() });
        else if (step === "settle") await settle();
        else await ACTIONS[step](parts).catch(expectServiceError);
      }
      await settle();
      for (const record of await parts.registry.listAll()) {
        expect(nextJob(record)).toBeUndefined();
        const { status, desired } = deploymentStatus(record);
        expect(status).toBe(desired);
        const alive = parts.pipelines.filter(({ disposed }) => disposed === 0);
        expect(alive).toHaveLength(status === "Stopped" ? 0 : 1);
        expect(alive.every(({ paused }) => paused === (status === "Paused"))).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

function expectServiceError(error: unknown): void {
  expect(error).toBeInstanceOf(ServiceError);
}
