import { type PipelineRecord } from "@tidemark/connector";
import { expect, test } from "vitest";

import { aRecord } from "../testing/a-record.ts";
import { nextJob } from "./next-job.ts";
import {
  clearing,
  deployed,
  dismissError,
  fail,
  provision,
  recovered,
  setRuntime,
  start,
  stop,
  stopped,
  stopping,
} from "./transitions.ts";

const ERROR = { message: "m", errorCode: "InitializationError", details: {} };
const BOOTSTRAP = { policy: "await_approval", silent: false, concurrent: false } as const;
const NOW = { nowMs: 9, dismissError: true, bootstrap: BOOTSTRAP };

const compiled = aRecord({ programStatus: "Success" });
const asked = start(compiled, "Running", NOW);
const PROVISIONING = { deploymentId: "d", outputs: true, nowMs: 9 };
const provisioning = provision(asked, PROVISIONING);
const running = deployed(provisioning, "Running", 9);
const ending = stopping(stop(running, 9), 9);
const states: Readonly<Record<string, PipelineRecord>> = {
  pending: aRecord({}),
  broken: aRecord({ programStatus: "SqlError" }),
  compiled,
  asked,
  provisioning,
  running,
  paused: setRuntime(running, "Paused", 9),
  cancelled: stop(provisioning, 9),
  ending,
  failed: stopped(stopping(fail(running, ERROR, 9), 9), 9),
  used: stopped(ending, 9),
  clearing: clearing(stopped(ending, 9)),
};

test("each state has its one next job, or is at rest", () => {
  expect(Object.entries(states).map(([name, record]) => [name, nextJob(record)])).toEqual([
    ["pending", "compile"],
    ["broken", undefined],
    ["compiled", undefined],
    ["asked", "deploy"],
    ["provisioning", undefined],
    ["running", undefined],
    ["paused", undefined],
    ["cancelled", "stop"],
    ["ending", "stop"],
    ["failed", undefined],
    ["used", undefined],
    ["clearing", "clear"],
  ]);
});

const OK = "ok";
const answers: readonly (readonly [string, string, string, string])[] = [
  ["pending", OK, OK, OK],
  ["broken", "CannotStartWithCompilationError", OK, OK],
  ["compiled", OK, OK, OK],
  ["asked", OK, "StorageStatusImmutableUnlessStopped", OK],
  ["provisioning", OK, "StorageStatusImmutableUnlessStopped", OK],
  ["running", OK, "StorageStatusImmutableUnlessStopped", OK],
  ["paused", OK, "StorageStatusImmutableUnlessStopped", OK],
  ["cancelled", "IllegalPipelineAction", "StorageStatusImmutableUnlessStopped", OK],
  ["ending", "IllegalPipelineAction", "StorageStatusImmutableUnlessStopped", OK],
  ["failed", OK, OK, OK],
  ["used", OK, OK, OK],
  ["clearing", "CannotStartWhileClearingStorage", OK, OK],
];

test.each(answers)("in state %s: start %s, clear %s, dismiss %s", (state, ...expected) => {
  const record = states[state] ?? aRecord({});
  const acts = [
    () => start(record, "Running", NOW),
    () => clearing(record),
    () => dismissError(record),
  ];
  expect(acts.map((act) => answerOf(act))).toEqual(expected);
});

test("an error can be dismissed only while stopped, and starting dismisses it", () => {
  const ailing = fail(running, ERROR, 9);
  expect(answerOf(() => dismissError(ailing))).toBe("DismissErrorRestrictedToFullyStopped");
  const failed = states["failed"] ?? ailing;
  expect(dismissError(failed).deploymentError).toBeUndefined();
  expect(start(failed, "Running", NOW).deploymentError).toBeUndefined();
});

test("nothing is deployed that is to stop", () => {
  const cancelled = stop(provisioning, 9);
  expect(deployed(cancelled, "Running", 9)).toBe(cancelled);
  const never = stop(asked, 9);
  expect(provision(never, PROVISIONING)).toBe(never);
});

test("a stopped pipeline keeps nothing of its deployment", () => {
  expect(states["used"]).toMatchObject({
    deploymentId: undefined,
    deploymentInitial: undefined,
    runtimeStatus: undefined,
    runtimeDesired: undefined,
    storageStatus: "InUse",
  });
});

test("a pipeline may hold data from the moment that it leaves Stopped", () => {
  expect([asked.storageStatus, provisioning.storageStatus]).toEqual(["Cleared", "InUse"]);
});

test("recovery leaves what is desired, and has what was under way begin again", () => {
  const paused = states["paused"] ?? running;
  expect(recovered(paused, 9)).toMatchObject({
    resourcesStatus: "Stopped",
    resourcesDesired: "Provisioned",
    runtimeDesired: "Paused",
    deploymentInitial: "Running",
  });
  expect(recovered(aRecord({ programStatus: "CompilingRust" }), 9).programStatus).toBe("Pending");
  expect(recovered(compiled, 9)).toBe(compiled);
});

function answerOf(act: () => unknown): unknown {
  try {
    act();
    return OK;
  } catch (error) {
    return error instanceof Error && "reason" in error ? error.reason : error;
  }
}
