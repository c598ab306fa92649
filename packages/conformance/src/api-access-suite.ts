/** What every face must do with callers who may not, or not everything. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type ApiFace, type ApiHeaders, errorOf, type Outcome, valueOf } from "./api-face.ts";
import { type CasePipeline, compiled, deployed } from "./api-pipeline.ts";

/** A server that has callers authenticate, and credentials for it. */
export interface AccessSetup {
  /** All faces, by name, with these headers. */
  faces(headers: ApiHeaders): Readonly<Record<string, ApiFace>>;
  /** Writes in one tenant. */
  readonly writer: ApiHeaders;
  /** Reads in the writer's tenant. */
  readonly reader: ApiHeaders;
  /** Writes in another tenant. */
  readonly stranger: ApiHeaders;
  /** Credentials that don't hold. */
  readonly refused: Readonly<Record<string, ApiHeaders>>;
}

/** A call on a pipeline; its outcome says whether it was let through. */
type Try = (face: ApiFace, pipeline: string) => Promise<Outcome<unknown>>;

const TICKS = { table: "ticks", connector: "seq" };

const READING: Readonly<Record<string, Try>> = {
  get: (face, pipeline) => face.get(pipeline),
  input: (face, pipeline) => face.input({ pipeline, ...TICKS }),
};

const READING_TOKENS: Readonly<Record<string, Try>> = {
  check: (face, pipeline) => face.check(pipeline, "ct1_x"),
  wait: (face, pipeline) => face.wait(pipeline, "ct1_x", 1),
  join: (face, pipeline) => face.join(pipeline, ["ct1_x"]),
};

const WRITING: Readonly<Record<string, Try>> = {
  start: (face, pipeline) => face.start(pipeline, "running"),
  stop: (face, pipeline) => face.stop(pipeline, { force: true }),
  pause: (face, pipeline) => face.pause(pipeline),
  resume: (face, pipeline) => face.resume(pipeline),
  clear: (face, pipeline) => face.clear(pipeline),
  delete: (face, pipeline) => face.delete(pipeline),
  token: (face, pipeline) => face.token({ pipeline, ...TICKS }),
  ingest: (face, pipeline) =>
    face.ingest({ pipeline, table: "numbers", format: "csv", body: "9,z\n" }),
  subscribe: (face, pipeline) => face.subscribe({ pipeline, relation: "labels", format: "json" }),
  query: (face, pipeline) => face.query(pipeline, "SELECT 1"),
  edit: (face, pipeline) => face.edit(pipeline, "CREATE TABLE t (a INT)"),
  startConnector: (face, pipeline) => face.startConnector({ pipeline, ...TICKS }),
  pauseConnector: (face, pipeline) => face.pauseConnector({ pipeline, ...TICKS }),
  startOutput: (face, pipeline) => face.startOutput({ pipeline, view: "labels", connector: "o" }),
  pauseOutput: (face, pipeline) => face.pauseOutput({ pipeline, view: "labels", connector: "o" }),
};

const CREATING: Readonly<Record<string, Try>> = {
  create: (face, pipeline) => face.create(`${pipeline}-2`, "CREATE TABLE t (a INT)"),
};

const LISTING: Readonly<Record<string, Try>> = { list: (face) => face.list() };

/** Runs the suite. */
export function apiAccessSuite(setup: () => AccessSetup): void {
  describe("access over all faces", () => {
    let pipeline: CasePipeline;
    beforeAll(async () => {
      pipeline = await deployed(writing(setup()));
    }, 60_000);
    afterAll(() => pipeline[Symbol.asyncDispose](), 60_000);

    test("nothing is done for callers whose credentials don't hold", async () => {
      const calls = { ...READING, ...READING_TOKENS, ...WRITING, ...CREATING, ...LISTING };
      for (const [who, headers] of Object.entries(setup().refused)) {
        await each(setup(), headers, calls, pipeline.name, (outcome, what) => {
          expect([who, what, errorOf(outcome).reason]).toEqual([who, what, "AuthenticationFailed"]);
        });
      }
      expect(valueOf(await writing(setup()).get(pipeline.name)).deploymentStatus).toBe("Running");
    });

    test("readers read, and are told which role everything else takes", async () => {
      const { reader } = setup();
      await each(setup(), reader, { ...READING, ...LISTING }, pipeline.name, (outcome) => {
        valueOf(outcome);
      });
      await each(setup(), reader, READING_TOKENS, pipeline.name, (outcome, what) => {
        expect([what, errorOf(outcome).reason]).toEqual([what, "InvalidParam"]);
      });
      await each(setup(), reader, { ...WRITING, ...CREATING }, pipeline.name, (outcome, what) => {
        const { reason, details } = errorOf(outcome);
        expect([what, reason, details]).toEqual([
          what,
          "InsufficientPermissions",
          { required: "write", actual: "read" },
        ]);
      });
    });

    test("a role that is too low is told before a pipeline that is unknown", async () => {
      await each(setup(), setup().reader, WRITING, "no-such-pipeline", (outcome, what) => {
        expect([what, errorOf(outcome).reason]).toEqual([what, "InsufficientPermissions"]);
      });
    });

    test("another tenant's pipeline is as unknown as one that never was", async () => {
      const { name } = pipeline;
      const { stranger } = setup();
      const calls = { ...READING, ...READING_TOKENS, ...WRITING };
      await each(setup(), stranger, calls, name, (outcome, what) => {
        expect([what, errorOf(outcome)]).toEqual([
          what,
          {
            reason: "UnknownPipelineName",
            message: `Unknown pipeline name '${name}'`,
            details: { pipeline_name: name },
          },
        ]);
      });
      await each(setup(), stranger, LISTING, name, (outcome) => {
        expect(valueOf(outcome)).not.toContain(name);
      });
    });

    test("another tenant's token is refused as one of a pipeline that is gone", async () => {
      const [own] = Object.values(setup().faces(setup().stranger));
      if (own === undefined) throw new RangeError("there must be a face");
      await using mine = await deployed(own);
      await using gone = await deployed(own);
      const foreign = valueOf(await writing(setup()).token({ pipeline: pipeline.name, ...TICKS }));
      const outdated = valueOf(await own.token({ pipeline: gone.name, ...TICKS }));
      const reasons: string[] = [];
      for (const token of [foreign, outdated]) {
        await each(setup(), setup().stranger, checking(token), mine.name, (outcome) => {
          reasons.push(errorOf(outcome).reason);
        });
      }
      expect(new Set(reasons)).toEqual(new Set(["PipelineRestarted"]));
    });

    test("tenants give the same name to pipelines of their own", async () => {
      await using theirs = await compiled(writing(setup()));
      const [own] = Object.values(setup().faces(setup().stranger));
      if (own === undefined) throw new RangeError("there must be a face");
      const made = valueOf(await own.create(theirs.name, "CREATE TABLE t (a INT);"));
      expect(made.id).not.toBe(valueOf(await writing(setup()).get(theirs.name)).id);
      valueOf(await own.delete(theirs.name));
      valueOf(await writing(setup()).get(theirs.name));
    });
  });
}

function checking(token: string): Readonly<Record<string, Try>> {
  return { check: (face, pipeline) => face.check(pipeline, token) };
}

/** One face of the writer's. */
function writing(setup: AccessSetup): ApiFace {
  const [face] = Object.values(setup.faces(setup.writer));
  if (face === undefined) throw new RangeError("there must be a face");
  return face;
}

/** Makes every call over every face with these headers. */
async function each(
  setup: AccessSetup,
  headers: ApiHeaders,
  calls: Readonly<Record<string, Try>>,
  ...[pipeline, look]: readonly [string, (outcome: Outcome<unknown>, what: string) => void]
): Promise<void> {
  for (const [protocol, face] of Object.entries(setup.faces(headers))) {
    for (const [name, call] of Object.entries(calls)) {
      // oxlint-disable-next-line no-await-in-loop -- one call after the other
      look(await call(face, pipeline), `${name} over ${protocol}`);
    }
  }
}
