/** The native server by itself: its address, its end, health and reflection. */

import { fileURLToPath } from "node:url";

import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { create } from "@bufbuild/protobuf";
import { type ClientDuplexStream, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoPath as healthProto } from "grpc-health-check";
import { expect, test } from "vitest";

import { SERVICES } from "../api.ts";
import { plainClient } from "../testing/plain-client.ts";
import { serve } from "../testing/served.ts";

const OPTIONS = { enums: String, oneofs: true, defaults: true } as const;
const HEALTH = loadSync(healthProto, OPTIONS);
const REFLECTION = loadSync(
  fileURLToPath(
    import.meta.resolve("@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto"),
  ),
  OPTIONS,
);
const WAIT = "tidemark.v1.CompletionService/WaitToken";
const STATUS = {
  status: "complete",
  step: 1n,
  remaining: 0n,
  parts: [],
  verdict: { kind: "complete" },
  rejected: undefined,
} as const;

test("health is serving exactly while the service is ready", async () => {
  let ready = false;
  await using served = await serve({ ready: () => ready });
  using client = plainClient(served.grpcAddress, HEALTH);
  const check = (service: string): Promise<object> =>
    client.unary("grpc.health.v1.Health/Check", { service });
  expect(await check("")).toEqual({ status: "NOT_SERVING" });
  ready = true;
  expect(await check("")).toEqual({ status: "SERVING" });
  expect(await check("tidemark.v1.CompletionService")).toEqual({ status: "SERVING" });
  await expect(check("nothing")).rejects.toMatchObject({ code: status.NOT_FOUND });
});

test("those who watch health are told that the server stops, and hold it up no longer", async () => {
  await using served = await serve({});
  using client = plainClient(served.grpcAddress, HEALTH);
  const watching = client.stream("grpc.health.v1.Health/Watch", {})[Symbol.asyncIterator]();
  expect(await watching.next()).toMatchObject({ value: { status: "SERVING" } });
  const stopped = served.grpc.stop({ graceMs: 2 ** 30 });
  expect(await watching.next()).toMatchObject({ value: { status: "NOT_SERVING" } });
  expect(await watching.next()).toMatchObject({ done: true });
  await stopped;
});

test("reflection lists every service, and its files are enough to call it", async () => {
  await using served = await serve({});
  using client = plainClient(served.grpcAddress, REFLECTION);
  const method = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  const names = SERVICES.map(({ typeName }) => typeName);
  const listed = await askReflection(client.duplex(method), { listServices: "*" });
  const expected = [...names, "grpc.health.v1.Health"].toSorted();
  expect(JSON.stringify(listed)).toContain(expected[0]);
  for (const name of expected) expect(JSON.stringify(listed)).toContain(`"${name}"`);
  for (const service of SERVICES) {
    // oxlint-disable-next-line no-await-in-loop -- one stream at a time reads better in a trace
    const answer = await askReflection(client.duplex(method), {
      fileContainingSymbol: service.typeName,
    });
    const file = filesIn(answer).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: ordered(file) }));
    const found = registry.getService(service.typeName);
    expect(found?.methods.map(signature)).toEqual(service.methods.map(signature));
    expect(found?.methods.map(({ output }) => output.fields.map(fieldSignature))).toEqual(
      service.methods.map(({ output }) => output.fields.map(fieldSignature)),
    );
  }
});

function signature(method: (typeof SERVICES)[number]["methods"][number]): readonly string[] {
  return [method.name, method.methodKind, method.input.typeName, method.output.typeName];
}

function fieldSignature(field: {
  readonly name: string;
  readonly number: number;
  readonly oneof: { readonly name: string } | undefined;
}): readonly unknown[] {
  return [field.name, field.number, field.oneof?.name];
}

/** Files after those they import. */
function ordered<F extends { readonly name: string; readonly dependency: readonly string[] }>(
  files: readonly F[],
): F[] {
  const done: F[] = [];
  const visit = (file: F): void => {
    if (done.includes(file)) return;
    for (const one of files) if (file.dependency.includes(one.name)) visit(one);
    done.push(file);
  };
  for (const file of files) visit(file);
  return done;
}

function filesIn(answer: object): readonly Uint8Array[] {
  if (!("fileDescriptorResponse" in answer)) throw new TypeError(JSON.stringify(answer));
  const response = answer.fileDescriptorResponse;
  if (typeof response !== "object" || response === null || !("fileDescriptorProto" in response)) {
    throw new TypeError("there are no files");
  }
  const files = response.fileDescriptorProto;
  if (!Array.isArray(files)) throw new TypeError("the files are no list");
  return files.filter((file) => file instanceof Uint8Array);
}

async function askReflection(
  stream: ClientDuplexStream<object, object>,
  request: object,
): Promise<object> {
  stream.write(request);
  stream.end();
  const answers: object[] = [];
  const read: AsyncIterable<object> = stream;
  for await (const answer of read) answers.push(answer);
  return answers[0] ?? {};
}

test("an address that is taken is refused", async () => {
  await using first = await serve({});
  await using second = await serve({});
  await expect(second.grpc.start(first.grpcAddress)).rejects.toThrow("address already in use");
});

test("stopping waits for the calls that run", async () => {
  const begun = Promise.withResolvers<void>();
  const open = Promise.withResolvers<typeof STATUS>();
  await using served = await serve({
    tokens: {
      wait: () => {
        begun.resolve();
        return open.promise;
      },
    },
  });
  using client = plainClient(served.grpcAddress);
  const answer = client.unary(WAIT, {});
  await begun.promise;
  const stopped = served.grpc.stop({ graceMs: 2 ** 30 });
  open.resolve(STATUS);
  expect(await answer).toMatchObject({ status: { status: "COMPLETION_STATUS_COMPLETE" } });
  await stopped;
});

test("stopping cancels the calls that outlast its grace", async () => {
  const begun = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  await using served = await serve({
    tokens: {
      wait: (_caller, _pipeline, _token, { signal }) => {
        signal.addEventListener("abort", () => aborted.resolve());
        begun.resolve();
        return Promise.withResolvers<never>().promise;
      },
    },
  });
  using client = plainClient(served.grpcAddress);
  const answer = client.unary(WAIT, {});
  const failed = answer.then(
    () => "answered",
    () => "failed",
  );
  await begun.promise;
  await served.grpc.stop({ graceMs: 0 });
  expect(await failed).toBe("failed");
  await aborted.promise;
});
