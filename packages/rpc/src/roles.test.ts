import { create, type DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "@tidemark/api";
import { afterAll, beforeAll, expect, test } from "vitest";

import { SERVICES } from "./api.ts";
import { roleOf } from "./roles.ts";
import { type Served, serve } from "./testing/served.ts";

const METHODS = SERVICES.flatMap(({ methods }) => methods);
const WRITING = METHODS.filter((method) => roleOf(method) === "write");
const MESSAGE =
  "Insufficient permissions: this action requires the 'write' role, but the caller has 'read'";
let served: Served;

beforeAll(async () => {
  served = await serve({}, { tenant: "default", role: "read" });
});
afterAll(() => served[Symbol.asyncDispose]());

/** Calls a method with one empty request, and gives what it fails with. */
async function failure(transport: Transport, method: DescMethod): Promise<ConnectError> {
  async function* requests(): AsyncIterable<ReturnType<typeof create>> {
    yield create(method.input);
  }
  const none = [undefined, undefined, undefined] as const;
  try {
    if (method.methodKind === "unary") {
      const unary = { ...method, methodKind: "unary" } as const;
      await transport.unary(unary, ...none, create(method.input));
    } else {
      const streamed = { ...method, methodKind: "bidi_streaming" } as const;
      const answer = await transport.stream(streamed, ...none, requests());
      await answer.message[Symbol.asyncIterator]().next();
    }
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error("the call was let through");
}

test("reading takes the role read, and everything else write", () => {
  const reading = METHODS.filter((method) => roleOf(method) === "read").map(({ name }) => name);
  expect(reading.every((name) => /^(?:Get|List|Watch|Check|Wait|Join)/u.test(name))).toBe(true);
  expect(reading.length + WRITING.length).toBe(METHODS.length);
});

test.each(WRITING)("$name is refused to readers", async (method) => {
  const transports = [createGrpcTransport({ baseUrl: `http://${served.grpcAddress}` })];
  // A stream of requests has no place in the Connect protocol over HTTP/1.1.
  if (method.methodKind !== "client_streaming") {
    transports.push(createConnectTransport({ baseUrl: served.httpUrl, httpVersion: "1.1" }));
  }
  for (const transport of transports) {
    // oxlint-disable-next-line no-await-in-loop -- one protocol after the other
    const error = await failure(transport, method);
    expect([error.code, error.rawMessage]).toEqual([Code.PermissionDenied, MESSAGE]);
    expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({
      reason: "InsufficientPermissions",
      metadata: { required: "write", actual: "read" },
    });
  }
});
