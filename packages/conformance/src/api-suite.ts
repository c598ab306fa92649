/** What every face of the service must do, tried against a real server. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { keyedCases } from "./api-cases-keyed.ts";
import { egressCases } from "./api-cases-egress.ts";
import { lifecycleCases } from "./api-cases-lifecycle.ts";
import { mainJobCases } from "./api-cases-main-job.ts";
import { outputCases } from "./api-cases-outputs.ts";
import { nameCases } from "./api-cases-names.ts";
import { rejectCases } from "./api-cases-rejects.ts";
import { programCases } from "./api-cases-programs.ts";
import { metadataCases } from "./api-cases-metadata.ts";
import { pushCases } from "./api-cases-pushes.ts";
import { queryCases } from "./api-cases-queries.ts";
import { fullCases, waitingCases } from "./api-cases-waiting.ts";
import { watchingCases } from "./api-cases-watching.ts";
import { type ApiError, type ApiFace, errorOf } from "./api-face.ts";
import { REFUSALS } from "./api-refusals.ts";
import { refusing } from "./api-refusing.ts";

/** Runs the suite over one face; `face` is called once the server is there. */
export function apiSuite(name: string, face: () => ApiFace): void {
  describe(`API over ${name}`, () => {
    mainJobCases(face);
    lifecycleCases(face);
    waitingCases(face);
    watchingCases(face);
    outputCases(face);
    pushCases(face);
    metadataCases(face);
    rejectCases(face);
    queryCases(face);
    keyedCases(face);
    egressCases(face);
    nameCases(face);
    programCases(face);
    refusalCases(face);
  });
}

/** Runs what a server that allows two waiters must do over one face. */
export function apiWaitersSuite(name: string, face: () => ApiFace): void {
  describe(`API over ${name} with two waiters`, () => {
    fullCases(face);
  });
}

/** All faces of one server give the same error for the same mistake. */
export function apiAgreementSuite(faces: () => Readonly<Record<string, ApiFace>>): void {
  describe("all faces agree", () => {
    let on: Awaited<ReturnType<typeof refusing>>;
    beforeAll(async () => {
      const [face] = Object.values(faces());
      if (face === undefined) throw new RangeError("there must be a face");
      on = await refusing(face);
    }, 60_000);
    afterAll(() => on[Symbol.asyncDispose](), 60_000);

    test.each(REFUSALS)("$title", async ({ call }) => {
      const errors: Record<string, ApiError> = {};
      for (const [name, face] of Object.entries(faces())) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, so that each sees the same
        errors[name] = withoutCounters(errorOf(await call(face, on)));
      }
      const [first] = Object.values(errors);
      expect(errors).toEqual(Object.fromEntries(Object.keys(errors).map((name) => [name, first])));
    });
  });
}

function refusalCases(face: () => ApiFace): void {
  describe("refuses", () => {
    let on: Awaited<ReturnType<typeof refusing>>;
    beforeAll(async () => {
      on = await refusing(face());
    }, 60_000);
    afterAll(() => on[Symbol.asyncDispose](), 60_000);

    test.each(REFUSALS)("$title", async ({ call, like = /./u, ...expected }) => {
      const error = errorOf(await call(face(), on));
      expect(error).toMatchObject({
        reason: expected.reason,
        message: expected.message ?? error.message,
        details: expected.details ?? {},
      });
      expect(error.message).toMatch(like);
    });
  });
}

/** Events are counted over all pushes of a format, so the number differs from call to call. */
function withoutCounters(error: ApiError): ApiError {
  const { token: _, ...details } = error.details;
  const text = JSON.stringify({ ...error, details });
  const uncounted = text
    .replaceAll(/\(event #\d+\)/gu, "(event)")
    .replaceAll(/event_number\\":\d+/gu, "event_number");
  const same: ApiError = JSON.parse(uncounted);
  return same;
}
