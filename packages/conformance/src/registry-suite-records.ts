/** Pipeline records of every shape, for suites. */

import { type ErrorEnvelope, type PipelineRecord } from "@tidemark/connector";
import { type JsonObject, type ProgramError } from "@tidemark/program";
import * as fc from "fast-check";

/** Objects as JSON.parse makes them. */
const PLAIN = { noNullPrototype: true } as const;
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const count = fc.integer({ min: 1, max: 1_000_000 });
const timeMs = fc.integer({ min: 0, max: 4_000_000_000_000 });
const json = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
  fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), text, fc.array(text)),
  { maxKeys: 5, ...PLAIN },
) satisfies fc.Arbitrary<JsonObject>;

const programError: fc.Arbitrary<ProgramError> = fc.record(
  {
    span: fc.record(
      { startLine: count, startColumn: count, endLine: count, endColumn: count },
      PLAIN,
    ),
    warning: fc.boolean(),
    errorType: text,
    message: text,
    snippet: text,
  },
  PLAIN,
);

const envelope: fc.Arbitrary<ErrorEnvelope> = fc.record(
  {
    message: text,
    errorCode: text,
    details: fc.oneof(json, fc.array(text), fc.constant(null)),
  },
  PLAIN,
);

const bootstrap = fc.record(
  {
    policy: fc.constantFrom("await_approval" as const, "allow" as const, "reject" as const),
    silent: fc.boolean(),
    concurrent: fc.boolean(),
  },
  PLAIN,
);

/** Any record at all. */
export function pipelineRecords(): fc.Arbitrary<PipelineRecord> {
  return fc.record(
    {
      id: fc.uuid({ version: 7 }),
      tenant: text,
      name: text,
      description: text,
      tags: fc.array(text, { maxLength: 3 }),
      programCode: text,
      udfRust: text,
      udfToml: text,
      runtimeConfig: json,
      programConfig: json,
      createdAtMs: timeMs,
      version: count,
      platformVersion: text,
      programVersion: count,
      programStatus: fc.constantFrom(
        "Pending",
        "SqlCompiled",
        "Success",
        "SqlError",
        "SystemError",
      ),
      programStatusSinceMs: timeMs,
      programErrors: fc.array(programError, { maxLength: 2 }),
      systemError: maybe(text),
      programInfo: maybe(json),
      deploymentError: maybe(envelope),
      refreshVersion: count,
      detailVersion: count,
      storageStatus: fc.constantFrom("Cleared", "InUse", "Clearing"),
      deploymentId: maybe(fc.uuid()),
      deploymentInitial: maybe(fc.constantFrom("Running", "Paused", "Standby")),
      bootstrap: maybe(bootstrap),
      resourcesStatus: fc.constantFrom("Stopped", "Provisioning", "Provisioned", "Stopping"),
      resourcesStatusSinceMs: timeMs,
      resourcesDesired: fc.constantFrom("Stopped", "Provisioned"),
      resourcesDesiredSinceMs: timeMs,
      runtimeStatus: maybe(fc.constantFrom("Unavailable", "Initializing", "Paused", "Running")),
      runtimeStatusSinceMs: maybe(timeMs),
      runtimeDesired: maybe(fc.constantFrom("Paused", "Running")),
      runtimeDesiredSinceMs: maybe(timeMs),
      outputsBehind: fc.boolean(),
      connectorPaused: fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
        fc.boolean(),
        { maxKeys: 3, ...PLAIN },
      ),
    },
    PLAIN,
  );
}

function maybe<T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(of, { nil: undefined });
}
