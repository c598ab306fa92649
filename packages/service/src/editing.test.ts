import { expect, test } from "vitest";

import { type PipelineFields } from "./service.ts";
import {
  CALLER,
  type Harness,
  harness,
  PROGRAM,
  refusal,
  started,
  until,
} from "./testing/harness.ts";

const FIELDS = { name: "p", programCode: PROGRAM };

const refused: readonly (readonly [PipelineFields, string, string])[] = [
  [{ programCode: "" }, "InvalidParam", "Invalid parameter: missing field `name`."],
  [{ name: "p" }, "InvalidParam", "Invalid parameter: missing field `program_code`."],
  [{ ...FIELDS, name: "" }, "EmptyName", "Name cannot be be empty"],
  [
    { ...FIELDS, name: "x".repeat(64) },
    "TooLongName",
    `Name '${"x".repeat(64)}' is longer (64) than maximum allowed (63)`,
  ],
  [
    { ...FIELDS, name: "a#" },
    "NameDoesNotMatchPattern",
    "Name 'a#' should be non-empty and only contain lowercase (a-z), uppercase (A-Z), number (0-9), underscore (_) or hyphen (-) characters, but cannot start or end with hyphen or underscore (pattern: '^([A-Za-z0-9][-A-Za-z0-9_]*)?[A-Za-z0-9]$')",
  ],
  [
    { ...FIELDS, description: "ü".repeat(301) },
    "TooLongDescription",
    "Description is longer (301) than maximum allowed (300)",
  ],
  [
    { ...FIELDS, tags: Array.from({ length: 51 }, (_, i) => `${i}`) },
    "TooManyTags",
    "Pipeline has more tags (51) than the maximum allowed (50)",
  ],
  [{ ...FIELDS, tags: [" "] }, "InvalidTag", "Tag ' ' is invalid: it is empty"],
  [
    { ...FIELDS, tags: ["prod|ef4444", "a,b"] },
    "InvalidTag",
    "Tag 'a,b' is invalid: it may have letters, digits, blanks and . _ / | \\ : = - only (pattern: '^[a-zA-Z0-9 ._/|\\\\:=-]+$')",
  ],
  [
    { ...FIELDS, runtimeConfig: { workers: "8" } },
    "InvalidRuntimeConfig",
    'JSON for \'runtime_config\' field:\n{\n  "workers": "8"\n}\n\n... is not valid due to: field \'workers\' takes a whole number from 0, got "8"',
  ],
  [
    { ...FIELDS, runtimeConfig: { storage: { backend: { name: "tape" } } } },
    "InvalidRuntimeConfig",
    "field 'storage.backend.name' takes one of default, file, object, got \"tape\"",
  ],
  [{ ...FIELDS, tags: ["x".repeat(51)] }, "InvalidTag", "it is longer than 50 characters"],
  ...["HOSTNAME", "RUST_LOG", "TOKIO_WORKER_THREADS"].map(
    (name) =>
      [
        { ...FIELDS, runtimeConfig: { env: { [name]: "1" } } },
        "InvalidRuntimeConfig",
        `field 'env' takes other names than HOSTNAME, RUST_LOG, TOKIO_WORKER_THREADS, got "${name}"`,
      ] as const,
  ),
  ...["", "A-B", "1A", "A=B"].map(
    (name) =>
      [
        { ...FIELDS, runtimeConfig: { env: { [name]: "1" } } },
        "InvalidRuntimeConfig",
        `field 'env' takes names of letters, digits and _ that begin with no digit, got "${name}"`,
      ] as const,
  ),
  [
    { ...FIELDS, programConfig: { profile: "fast" } },
    "InvalidProgramConfig",
    "field 'profile' takes one of dev, unoptimized, optimized, optimized_symbols, got \"fast\"",
  ],
];

test.each(refused)("fields %j are refused as %s", async (fields, reason, message) => {
  const { service, registry } = await harness();
  const error = await refusal(() => service.pipelines.create(CALLER, fields));
  expect(error.reason).toBe(reason);
  expect(error.message.endsWith(message)).toBe(true);
  expect(registry.records.size).toBe(0);
});

test("configurations are kept with every documented default, and without unknown fields", async () => {
  const { service } = await harness();
  const record = await service.pipelines.create(CALLER, {
    ...FIELDS,
    runtimeConfig: {
      workers: 2,
      nonsense: true,
      fault_tolerance: {},
      storage: { compression: "none" },
      dev_tweaks: { anything: 1 },
    },
  });
  expect(record.runtimeConfig).toMatchObject({
    workers: 2,
    hosts: 1,
    fault_tolerance: { model: "exactly_once", checkpoint_interval_secs: 60 },
    storage: { backend: { name: "default" }, compression: "none", cache_mib: null },
    resources: { cpu_cores_min: null },
    dev_tweaks: { anything: 1 },
    env: {},
  });
  expect(record.runtimeConfig).not.toHaveProperty("nonsense");
  expect(record.programConfig).toEqual({
    profile: null,
    cache: true,
    runtime_version: null,
    use_platform_compiler: false,
  });
});

test("storage may be said just to be there or not", async () => {
  const { service } = await harness();
  const make = async (name: string, storage: boolean) =>
    service.pipelines.create(CALLER, { ...FIELDS, name, runtimeConfig: { storage } });
  expect((await make("with", true)).runtimeConfig["storage"]).toMatchObject({
    backend: { name: "default" },
  });
  expect((await make("without", false)).runtimeConfig["storage"]).toBeNull();
});

test("a name is taken once, and by one of those who ask at the same time", async () => {
  const { service } = await harness();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => service.pipelines.create(CALLER, FIELDS)),
  );
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect((await refusal(() => service.pipelines.create(CALLER, FIELDS))).reason).toBe(
    "DuplicateName",
  );
});

test("there are at most so many pipelines", async () => {
  const { service } = await harness({ limits: { maxPipelines: 1 } });
  await service.pipelines.create(CALLER, FIELDS);
  const second = { ...FIELDS, name: "q" };
  expect((await refusal(() => service.pipelines.create(CALLER, second))).reason).toBe(
    "TooManyPipelines",
  );
});

test("a replace creates or replaces, and doesn't create under another name", async () => {
  const { service } = await harness();
  const { pipelines } = service;
  expect((await refusal(() => pipelines.replace(CALLER, "q", FIELDS))).reason).toBe(
    "CannotRenameNonExistingPipeline",
  );
  const first = await pipelines.replace(CALLER, "p", { ...FIELDS, description: "mine" });
  expect(first).toMatchObject({ created: true, record: { version: 1, description: "mine" } });
  const second = await pipelines.replace(CALLER, "p", FIELDS);
  expect(second).toMatchObject({ created: false, record: { version: 1, description: "" } });
});

test("a rename moves the pipeline, frees its name and can't take another's", async () => {
  const { service } = await harness();
  const { pipelines } = service;
  const { id } = await pipelines.create(CALLER, FIELDS);
  await pipelines.create(CALLER, { ...FIELDS, name: "q" });
  expect((await refusal(() => pipelines.patch(CALLER, "p", { name: "q" }))).reason).toBe(
    "DuplicateName",
  );
  const renamed = await pipelines.patch(CALLER, "p", { name: "r" });
  expect(renamed).toMatchObject({ id, version: 2, programVersion: 1 });
  expect((await refusal(() => pipelines.get(CALLER, "p"))).reason).toBe("UnknownPipelineName");
  expect((await pipelines.list(CALLER)).map(({ name }) => name)).toEqual(["r", "q"]);
});

test("versions grow with what changes, and only then", async () => {
  const { service } = await harness();
  const { pipelines } = service;
  await pipelines.create(CALLER, FIELDS);
  const patch = async (fields: PipelineFields): Promise<readonly number[]> => {
    const { version, programVersion } = await pipelines.patch(CALLER, "p", fields);
    return [version, programVersion];
  };
  expect(await patch({ description: "new", tags: ["a"] })).toEqual([1, 1]);
  expect(await patch({ programCode: PROGRAM })).toEqual([1, 1]);
  expect(await patch({ runtimeConfig: { workers: 3 } })).toEqual([2, 1]);
  expect(await patch({ programCode: `${PROGRAM}\n` })).toEqual([3, 2]);
  expect(await patch({ udfToml: "x" })).toEqual([4, 3]);
  const compiled = await until(service, "p", (record) => record.programStatus === "Success");
  expect(compiled.programVersion).toBe(3);
});

test("settings are kept as they are written, by their older or newer names", async () => {
  const { service } = await harness();
  const written = {
    max_rss: "4 GiB",
    clock_resolution: "500ms",
    max_buffering_delay: null,
    resources: { memory_max: "16G", storage_mb_max: 5 },
    fault_tolerance: { model: "exactly_once", checkpoint_interval: null },
    storage: { cache_size: 12 },
  };
  const { runtimeConfig } = await service.pipelines.create(CALLER, {
    ...FIELDS,
    runtimeConfig: written,
  });
  const { max_buffering_delay: _, ...kept } = written;
  expect(runtimeConfig).toMatchObject({ ...kept, max_buffering_delay_usecs: 0 });
  for (const name of ["max_rss_mb", "clock_resolution_usecs", "max_buffering_delay"]) {
    expect(runtimeConfig).not.toHaveProperty(name);
  }
  const again = await service.pipelines.patch(CALLER, "p", { runtimeConfig });
  expect(again).toMatchObject({ version: 1, runtimeConfig });
});

test.each([
  [{ max_rss: "4 parsecs" }, "'4 parsecs' is not a size"],
  [{ max_rss: "4000" }, "has no unit"],
  [{ max_rss: true }, "takes a text such as '4Gi'"],
  [{ max_rss: "4Gi", max_rss_mb: 4000 }, "'max_rss_mb' and 'max_rss' are the same setting"],
  [{ resources: { storage_max: "-1G" } }, "field 'resources.storage_max'"],
  [{ fault_tolerance: { checkpoint_interval: "soon" } }, "'soon' is not a duration"],
])("settings %j are refused", async (runtimeConfig, message) => {
  const { service } = await harness();
  const fields = { ...FIELDS, runtimeConfig };
  const error = await refusal(() => service.pipelines.create(CALLER, fields));
  expect(error.reason).toBe("InvalidRuntimeConfig");
  expect(error.message).toContain(message);
});

test("storage is bound to an amount, not to the way it is written", async () => {
  const parts = await harness();
  await started(parts);
  const { pipelines } = parts.service;
  await stoppedByForce(parts);
  const same = { fault_tolerance: { model: "none", checkpoint_interval: "1m" } };
  await pipelines.patch(CALLER, "p", { runtimeConfig: same });
  const other = { resources: { storage_max: "1G" } };
  const { details } = await refusal(() => pipelines.patch(CALLER, "p", { runtimeConfig: other }));
  expect(details).toEqual({ not_allowed: ["`runtime_config.resources.storage_mb_max`"] });
});

test("the version to refresh at is 3 once compiled, and follows what a status does not show", async () => {
  const { service } = await harness();
  const { pipelines } = service;
  expect((await pipelines.create(CALLER, FIELDS)).detailVersion).toBe(1);
  const compiled = await until(service, "p", (record) => record.programStatus === "Success");
  expect(compiled.detailVersion).toBe(3);
  const described = await pipelines.patch(CALLER, "p", { description: "new", tags: ["a"] });
  expect(described.detailVersion).toBe(3);
  const tuned = await pipelines.patch(CALLER, "p", { runtimeConfig: { workers: 3 } });
  expect(tuned.detailVersion).toBe(4);
  expect((await pipelines.patch(CALLER, "p", { programCode: "x" })).detailVersion).toBe(5);
  const failed = await until(service, "p", (record) => record.programStatus === "SqlError");
  expect(failed.detailVersion).toBe(6);
});

const OUTPUT = `CREATE VIEW o WITH ('connectors' = '[{"transport": {"name": "null_output"}}]') AS SELECT 1 AS x;`;

test.each([
  ["without outputs", PROGRAM, false],
  ["whose outputs have taken everything", PROGRAM + OUTPUT, true],
])("storage in use does not hold a program %s", async (_case, programCode, delivered) => {
  const parts = await harness();
  const running = await started(parts, "p", programCode);
  if (!delivered) running.commitUndelivered("t", "c");
  await stoppedByForce(parts);
  const { programVersion } = await parts.service.pipelines.patch(CALLER, "p", {
    programCode: `${programCode} `,
  });
  expect(programVersion).toBe(2);
});

test("a program whose outputs lack changes can't change until they have them or storage is cleared", async () => {
  const parts = await harness();
  const { pipelines } = parts.service;
  const running = await started(parts, "p", PROGRAM + OUTPUT);
  running.commitUndelivered("t", "c");
  await stoppedByForce(parts);
  const { reason, message } = await refusal(() =>
    pipelines.patch(CALLER, "p", { programCode: "" }),
  );
  expect(reason).toBe("EditRestrictedToClearedStorage");
  expect(message).toContain("start it as it is, then stop it without force");
  await pipelines.start(CALLER, "p", { initial: "running", dismissError: true });
  await until(parts.service, "p", (record) => record.runtimeStatus === "Running");
  await stoppedByForce(parts);
  await pipelines.patch(CALLER, "p", { programCode: PROGRAM });
});

async function stoppedByForce({ service }: Harness): Promise<void> {
  await service.pipelines.stop(CALLER, "p", { force: true });
  await until(service, "p", (record) => record.resourcesStatus === "Stopped");
}

test("a running pipeline's description and tags can change, nothing else", async () => {
  const parts = await harness();
  await started(parts);
  const { pipelines } = parts.service;
  expect(await pipelines.patch(CALLER, "p", { description: "x" })).toMatchObject({ version: 1 });
  expect((await refusal(() => pipelines.patch(CALLER, "p", { udfToml: "x" }))).reason).toBe(
    "UpdateRestrictedToStopped",
  );
});

test("what stored data rests on can't change until it is cleared; the error lists it all", async () => {
  const parts = await harness();
  await started(parts);
  const { pipelines } = parts.service;
  await pipelines.stop(CALLER, "p", { force: true });
  await until(parts.service, "p", (record) => record.resourcesStatus === "Stopped");
  const resources = { storage_mb_max: 1, namespace: "n", storage_class: "c", cpu_cores_max: 1 };
  const runtimeConfig = { workers: 1, tracing: true, clock_timezone_offset: "+01:00", resources };
  const edits = { name: "q", udfToml: "x", runtimeConfig };
  const { message, details } = await refusal(() => pipelines.patch(CALLER, "p", edits));
  const notAllowed = [
    "`name`",
    "`runtime_config.workers`",
    "`runtime_config.clock_timezone_offset`",
    "`runtime_config.resources.storage_mb_max`",
    "`runtime_config.resources.storage_class`",
    "`runtime_config.resources.namespace`",
    "`udf_toml`",
  ];
  expect(message).toBe(
    `The following pipeline edits are not allowed while storage is not cleared: ${notAllowed.join(", ")}`,
  );
  expect(details).toEqual({ not_allowed: notAllowed });
  const free = { tracing: true, resources: { cpu_cores_max: 1 } };
  await pipelines.patch(CALLER, "p", { runtimeConfig: free });
});

test("an edit while the program compiles has the new one compiled", async () => {
  const parts = await harness();
  const first = Promise.withResolvers<void>();
  let calls = 0;
  parts.compile = async () => {
    calls += 1;
    if (calls === 1) await first.promise;
    return { kind: "compiled", views: new Map() };
  };
  await parts.service.pipelines.create(CALLER, FIELDS);
  await until(parts.service, "p", (record) => record.programStatus === "CompilingSql");
  await parts.service.pipelines.patch(CALLER, "p", { programCode: `${PROGRAM} ` });
  first.resolve();
  const record = await until(parts.service, "p", (seen) => seen.programStatus === "Success");
  expect([record.programVersion, calls]).toEqual([2, 2]);
});
