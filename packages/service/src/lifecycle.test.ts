import { type PipelineRecord } from "@tidemark/connector";
import { expect, test } from "vitest";

import { deploymentStatus } from "./deployment-status.ts";
import { CALL, CALLER, harness, PROGRAM, refusal, started, until } from "./testing/harness.ts";

const START = { initial: "running", dismissError: true };
const FORCE = { force: true };
const GRACEFUL = { force: false };
const STOPPED = (record: { readonly resourcesStatus: string; readonly resourcesDesired: string }) =>
  record.resourcesStatus === "Stopped" && record.resourcesDesired === "Stopped";

test("a new pipeline is compiled, visibly and in the documented order", async () => {
  const { service } = await harness();
  const created = await service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  expect(created).toMatchObject({ version: 1, programVersion: 1, refreshVersion: 1 });
  const seen = new Set<string>([created.programStatus]);
  await until(service, "p", ({ programStatus }) => {
    seen.add(programStatus);
    return programStatus === "Success";
  });
  expect([...seen]).toEqual(["Pending", "CompilingSql", "SqlCompiled", "CompilingRust", "Success"]);
  const { programInfo } = await service.pipelines.get(CALLER, "p");
  expect(programInfo).toHaveProperty("schema.inputs.0.name", "t");
});

test("a program that doesn't parse, or whose connector can't be used, is an SqlError that says where", async () => {
  const { service } = await harness();
  await service.pipelines.create(CALLER, { name: "p", programCode: "CREATE TABEL t (a INT)" });
  const wrong = await until(service, "p", (record) => record.programStatus === "SqlError");
  expect(wrong.programErrors[0]?.span.startLine).toBe(1);
  const programCode = PROGRAM.replaceAll("file_input", "kafka_input");
  await service.pipelines.patch(CALLER, "p", { programCode });
  const bad = await until(
    service,
    "p",
    (record) => record.programVersion === 2 && record.programStatus === "SqlError",
  );
  expect(bad.programErrors).toHaveLength(2);
  expect(bad.programErrors[0]).toMatchObject({
    errorType: "ConnectorGenerationError",
    message: "relation 't': connector 'c': field 'transport.name': unknown transport",
  });
  expect((await refusal(() => service.pipelines.start(CALLER, "p", START))).reason).toBe(
    "CannotStartWithCompilationError",
  );
});

test("an index of a view has columns that the engine knows, or is an SqlError at the one that it does not", async () => {
  const parts = await harness();
  const { service } = parts;
  const x = {
    id: { name: "x", quoted: false },
    type: { kind: "boolean" },
    nullable: true,
  } as const;
  parts.compile = async () => ({ kind: "compiled", views: new Map([["v", [x]]]) });
  const view = "CREATE VIEW v AS SELECT TRUE AS x;\n";
  const programCode = `${view}CREATE INDEX i ON v (x, y);`;
  await service.pipelines.create(CALLER, { name: "p", programCode });
  const wrong = await until(service, "p", (record) => record.programStatus === "SqlError");
  expect(wrong.programErrors).toEqual([
    {
      span: { startLine: 2, startColumn: 25, endLine: 2, endColumn: 25 },
      warning: false,
      errorType: "Compilation error",
      message: "index 'i': 'v' has no column 'y'; it has x",
      snippet: expect.stringContaining("CREATE INDEX i ON v (x, y);"),
    },
  ]);
  await service.pipelines.patch(CALLER, "p", { programCode: `${view}CREATE INDEX i ON v (x);` });
  await until(service, "p", (record) => record.programStatus === "Success");
});

test("a compiler that breaks is a SystemError, and the next edit tries again", async () => {
  const parts = await harness();
  const { service } = parts;
  const { compile } = parts;
  parts.compile = async () => {
    throw new Error("out of memory");
  };
  await service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  const broken = await until(service, "p", (record) => record.programStatus === "SystemError");
  expect(broken.systemError).toBe("out of memory");
  parts.compile = compile;
  await service.pipelines.patch(CALLER, "p", { programCode: `${PROGRAM} ` });
  await until(service, "p", (record) => record.programStatus === "Success");
});

test("functions in Rust don't compile, and the pipeline doesn't start without them", async () => {
  const { service } = await harness();
  await service.pipelines.create(CALLER, {
    name: "p",
    programCode: PROGRAM,
    udfRust: "pub fn f() {}",
  });
  const failed = await until(service, "p", (record) => record.programStatus === "SystemError");
  expect(failed.systemError).toMatch(/^user-defined functions in Rust .* not supported here/u);
  expect((await refusal(() => service.pipelines.start(CALLER, "p", START))).reason).toBe(
    "CannotStartWithCompilationError",
  );
  await service.pipelines.patch(CALLER, "p", { udfRust: "" });
  await until(service, "p", (record) => record.programStatus === "Success");
});

test("a pipeline that is deleted while it compiles is no fault to tell of", async () => {
  const parts = await harness();
  const compiled = Promise.withResolvers<void>();
  const compiling = Promise.withResolvers<void>();
  parts.compile = async () => {
    compiling.resolve();
    await compiled.promise;
    return { kind: "compiled", views: new Map() };
  };
  await parts.service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  await compiling.promise;
  await parts.service.pipelines.delete(CALLER, "p");
  compiled.resolve();
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  expect(parts.events).toEqual([]);
});

test("a start is taken while the program still compiles, and carried out once it has", async () => {
  const parts = await harness();
  const { service } = parts;
  const compiled = Promise.withResolvers<void>();
  parts.compile = async () => {
    await compiled.promise;
    return { kind: "compiled", views: new Map() };
  };
  await service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  await service.pipelines.start(CALLER, "p", START);
  expect(deploymentStatus(await service.pipelines.get(CALLER, "p"))).toMatchObject({
    status: "Stopped",
    desired: "Running",
  });
  compiled.resolve();
  const running = await until(service, "p", (record) => record.runtimeStatus === "Running");
  expect(running).toMatchObject({ storageStatus: "InUse", resourcesStatus: "Provisioned" });
});

test("a start of a program that then fails to compile ends with that as deployment error", async () => {
  const { service } = await harness();
  await service.pipelines.create(CALLER, { name: "p", programCode: "nonsense" });
  await service.pipelines.start(CALLER, "p", START);
  const record = await until(service, "p", STOPPED);
  expect(record.deploymentError?.errorCode).toBe("CannotStartWithCompilationError");
});

test("pause and resume answer from and to, are idempotent, and reach what runs", async () => {
  const parts = await harness();
  const running = await started(parts);
  const { pipelines } = parts.service;
  expect(await pipelines.pause(CALLER, "p")).toEqual({ from: "Running", to: "Paused" });
  expect(running.paused).toBe(true);
  expect(await pipelines.pause(CALLER, "p")).toEqual({ from: "Paused", to: "Paused" });
  expect(await pipelines.resume(CALLER, "p")).toEqual({ from: "Paused", to: "Running" });
  expect(running.paused).toBe(false);
  await pipelines.stop(CALLER, "p", FORCE);
  await until(parts.service, "p", STOPPED);
  expect((await refusal(() => pipelines.pause(CALLER, "p"))).reason).toBe(
    "PipelineInteractionNotDeployed",
  );
});

test("a graceful stop drains, a forced one doesn't wait for it", async () => {
  const parts = await harness();
  const first = await started(parts);
  await parts.service.pipelines.stop(CALLER, "p", GRACEFUL);
  await until(parts.service, "p", STOPPED);
  expect([first.drained, first.disposed]).toEqual([1, 1]);

  await parts.service.pipelines.start(CALLER, "p", START);
  await until(parts.service, "p", (record) => record.runtimeStatus === "Running");
  const second = parts.pipelines[1];
  if (second !== undefined) second.drainHangs = true;
  await parts.service.pipelines.stop(CALLER, "p", GRACEFUL);
  await until(parts.service, "p", (record) => record.resourcesStatus === "Stopping");
  const { reason, details } = await refusal(() =>
    parts.service.pipelines.start(CALLER, "p", START),
  );
  expect(reason).toBe("IllegalPipelineAction");
  expect(details).toMatchObject({ status: "Stopping", new_desired_status: "Provisioned" });
  await parts.service.pipelines.stop(CALLER, "p", FORCE);
  await until(parts.service, "p", STOPPED);
  expect(second?.disposed).toBe(1);
});

test("draining has a limit", async () => {
  const parts = await harness({ limits: { drainMs: 1000 } });
  const running = await started(parts);
  running.drainHangs = true;
  await parts.service.pipelines.stop(CALLER, "p", GRACEFUL);
  await until(parts.service, "p", (record) => record.resourcesStatus === "Stopping");
  parts.scheduler.advance(1000);
  await until(parts.service, "p", STOPPED);
  expect(parts.events.map(({ message }) => message)).toContain("a pipeline did not drain in time");
});

test("a stop interrupts a start that hangs, and the next start waits until its storage is free", async () => {
  const parts = await harness();
  const { service } = parts;
  const hanging = Promise.withResolvers<void>();
  let opened = 0;
  parts.beforeDeploy = () => {
    opened += 1;
    return hanging.promise;
  };
  await service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  await service.pipelines.start(CALLER, "p", START);
  await until(service, "p", (record) => record.resourcesStatus === "Provisioning");
  await service.pipelines.stop(CALLER, "p", FORCE);
  await until(service, "p", STOPPED);
  await service.pipelines.start(CALLER, "p", START);
  await until(service, "p", (record) => record.resourcesStatus === "Provisioning");
  expect(opened).toBe(1);
  hanging.resolve();
  await until(service, "p", (record) => record.runtimeStatus === "Running");
  expect(parts.pipelines.map(({ disposed }) => disposed)).toEqual([1, 0]);
});

test("a deployment that fails leaves the pipeline stopped, with the reason", async () => {
  const parts = await harness();
  const { service } = parts;
  parts.beforeDeploy = async () => {
    throw new Error("no such directory");
  };
  await service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  await service.pipelines.start(CALLER, "p", START);
  const failed = await until(service, "p", (record) => record.deploymentError !== undefined);
  expect(failed.deploymentError).toMatchObject({
    errorCode: "InitializationError",
    message: expect.stringContaining("no such directory"),
  });
  await until(service, "p", STOPPED);
  const again = { initial: "running", dismissError: false };
  expect((await refusal(() => service.pipelines.start(CALLER, "p", again))).reason).toBe(
    "CannotStartWithUndismissedError",
  );
  await service.pipelines.dismissError(CALLER, "p");
  parts.beforeDeploy = async () => {};
  await service.pipelines.start(CALLER, "p", again);
  await until(service, "p", (record) => record.runtimeStatus === "Running");
});

test("a pipeline that ends by itself is stopped, with the reason, and isn't drained", async () => {
  const parts = await harness();
  const running = await started(parts);
  running.fail(new Error("the disk is full"));
  const record = await until(parts.service, "p", STOPPED);
  expect(record.deploymentError?.errorCode).toBe("RuntimeError.WorkerPanic");
  expect([running.drained, running.disposed]).toEqual([0, 1]);
});

test("start is idempotent, but not with another initial state", async () => {
  const parts = await harness();
  await started(parts);
  const { pipelines } = parts.service;
  await pipelines.start(CALLER, "p", START);
  const paused = { initial: "paused", dismissError: true };
  expect((await refusal(() => pipelines.start(CALLER, "p", paused))).reason).toBe(
    "InitialImmutableUnlessStopped",
  );
  expect(parts.pipelines).toHaveLength(1);
});

test("start is idempotent, but not with another way of bootstrapping, which lasts until the stop", async () => {
  const parts = await harness();
  await started(parts);
  const { pipelines } = parts.service;
  const asked = { policy: "await_approval", silent: false, concurrent: false } as const;
  await pipelines.start(CALLER, "p", { ...START, bootstrap: asked });
  for (const other of [{ policy: "allow" } as const, { silent: true }, { concurrent: true }]) {
    const again = { ...START, bootstrap: { ...asked, ...other } };
    expect((await refusal(() => pipelines.start(CALLER, "p", again))).reason).toBe(
      "BootstrapPolicyImmutableUnlessStopped",
    );
  }
  expect((await pipelines.get(CALLER, "p")).bootstrap).toEqual(asked);
  await pipelines.stop(CALLER, "p", { force: true });
  expect((await pipelines.get(CALLER, "p")).bootstrap).toBeUndefined();
});

test("an initial state that does not exist is told before the name, standby after it", async () => {
  const parts = await harness();
  await started(parts);
  const start =
    (initial: string, name = "nobody") =>
    () =>
      parts.service.pipelines.start(CALLER, name, { initial, dismissError: true });
  expect((await refusal(start("flying"))).message).toBe(
    "Unsupported pipeline action '/start?initial=flying': unknown initial runtime desired status: flying",
  );
  expect((await refusal(start("standby", "p"))).reason).toBe("InitialStandbyNotAllowed");
  expect((await refusal(start("standby"))).reason).toBe("UnknownPipelineName");
  expect((await refusal(start("paused"))).reason).toBe("UnknownPipelineName");
});

test("storage is cleared only of a stopped pipeline, and deletion asks for both", async () => {
  const parts = await harness();
  await started(parts);
  const { pipelines } = parts.service;
  expect((await refusal(() => pipelines.clear(CALLER, "p"))).details).toEqual({
    resources_status: "Provisioned",
    resources_desired_status: "Provisioned",
    current_status: "InUse",
    new_status: "Clearing",
  });
  expect((await refusal(() => pipelines.delete(CALLER, "p"))).reason).toBe(
    "DeleteRestrictedToFullyStopped",
  );
  await parts.service.connectors.pause(CALLER, { pipeline: "p", relation: "t", connector: "c" });
  await pipelines.stop(CALLER, "p", FORCE);
  await until(parts.service, "p", STOPPED);
  expect((await refusal(() => pipelines.delete(CALLER, "p"))).reason).toBe(
    "DeleteRestrictedToClearedStorage",
  );
  const hanging = Promise.withResolvers<void>();
  parts.clear = () => hanging.promise;
  await pipelines.clear(CALLER, "p");
  expect((await refusal(() => pipelines.start(CALLER, "p", START))).reason).toBe(
    "CannotStartWhileClearingStorage",
  );
  hanging.resolve();
  const record = await until(parts.service, "p", (seen) => seen.storageStatus === "Cleared");
  expect(record.connectorPaused).toEqual({});
  await pipelines.clear(CALLER, "p");
  expect(parts.cleared).toEqual([record.id]);
  await pipelines.delete(CALLER, "p");
  expect((await refusal(() => pipelines.get(CALLER, "p"))).reason).toBe("UnknownPipelineName");
});

test("storage that can't be cleared stays in use, and says why", async () => {
  const parts = await harness();
  await started(parts);
  parts.clear = async () => {
    throw new Error("permission denied");
  };
  await parts.service.pipelines.stop(CALLER, "p", FORCE);
  await until(parts.service, "p", STOPPED);
  await parts.service.pipelines.clear(CALLER, "p");
  const record = await until(parts.service, "p", (seen) => seen.deploymentError !== undefined);
  expect(record.storageStatus).toBe("InUse");
  expect(record.deploymentError?.errorCode).toBe("StorageClearFailed");
});

test("watching a pipeline ends when it is deleted, and when the caller gives up", async () => {
  const { service } = await harness();
  await service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  await until(service, "p", (record) => record.programStatus === "Success");
  const given = new AbortController();
  const watch = service.pipelines.watch(CALLER, "p", given)[Symbol.asyncIterator]();
  await watch.next();
  const next = watch.next();
  given.abort(new Error("enough"));
  await expect(next).rejects.toThrow("enough");
  const other = service.pipelines.watch(CALLER, "p", CALL)[Symbol.asyncIterator]();
  await other.next();
  const last = other.next();
  await service.pipelines.delete(CALLER, "p");
  expect(await last).toEqual({ done: true, value: undefined });
});

test("H12: watching a pipeline gives its record when it has changed, and never the same twice in a row", async () => {
  const parts = await harness();
  await started(parts);
  const { pipelines } = parts.service;
  const given: PipelineRecord[] = [];
  const end = new AbortController();
  const watching = (async () => {
    for await (const record of pipelines.watch(CALLER, "p", end)) given.push(record);
  })();
  for (const act of ["pause", "pause", "resume", "resume", "pause"] as const) {
    await pipelines[act](CALLER, "p");
    await new Promise(setImmediate);
  }
  end.abort(new Error("enough"));
  await expect(watching).rejects.toThrow("enough");
  expect(given.at(-1)).toBe(await pipelines.get(CALLER, "p"));
  for (const [at, record] of given.entries()) expect(record).not.toBe(given[at + 1]);
});

test("a registry that fails refuses the action and changes nothing", async () => {
  const parts = await harness();
  await started(parts);
  parts.registry.failing = true;
  await expect(parts.service.pipelines.pause(CALLER, "p")).rejects.toThrow("the disk is full");
  expect(parts.pipelines[0]?.paused).toBe(false);
  parts.registry.failing = false;
  expect(await parts.service.pipelines.pause(CALLER, "p")).toMatchObject({ to: "Paused" });
});

test("a record that another writer has changed is left alone, and the action refused", async () => {
  const { service, registry } = await harness();
  const { id } = await service.pipelines.create(CALLER, { name: "p", programCode: PROGRAM });
  const record = await until(service, "p", ({ programStatus }) => programStatus === "Success");
  const theirs = { ...record, description: "theirs", refreshVersion: 99 };
  registry.records.set(id, theirs);
  const edit = service.pipelines.patch(CALLER, "p", { description: "ours" });
  await expect(edit).rejects.toThrow("another writer");
  await expect(service.pipelines.delete(CALLER, "p")).rejects.toThrow("another writer");
  expect(registry.records.get(id)).toBe(theirs);
  expect(await service.pipelines.get(CALLER, "p")).toBe(record);
});
