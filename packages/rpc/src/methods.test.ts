/** Every method, over every protocol. */

import { type DescMethod } from "@bufbuild/protobuf";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { bindApi, SERVICES } from "./api.ts";
import { type Binder } from "./binder.ts";
import { fakeService } from "./testing/fake-service.ts";
import { answering } from "./testing/answering-service.ts";
import { METHOD_CASES } from "./testing/method-cases.ts";
import { QUERY_WRITERS } from "./testing/query-writers.ts";
import { plainClient } from "./testing/plain-client.ts";
import { type Served, serve } from "./testing/served.ts";
import { answersBy, fetchJson } from "./testing/web-client.ts";

const asked: unknown[] = [];
let served: Served;

beforeAll(async () => {
  served = await serve(answering(asked));
});
afterAll(() => served[Symbol.asyncDispose]());
beforeEach(() => {
  asked.length = 0;
});

function descriptor(name: string): DescMethod {
  const methods = SERVICES.flatMap((service) => service.methods);
  const found = methods.find((method) => `${method.parent.name}/${method.name}` === name);
  if (found === undefined) throw new TypeError(`no method ${name}`);
  return found;
}

test("every method of every service is bound exactly once", () => {
  const bound: string[] = [];
  const note = (method: DescMethod): void => {
    bound.push(`${method.parent.typeName}/${method.name}`);
  };
  const binder: Binder = { unary: note, serverStream: note, clientStream: note };
  bindApi(binder, { service: fakeService({}), queryWriters: QUERY_WRITERS });
  const declared = SERVICES.flatMap(({ typeName, methods }) =>
    methods.map(({ name }) => `${typeName}/${name}`),
  );
  expect(bound.toSorted()).toEqual(declared.toSorted());
});

test("every method has a case here, or is the push that is tested by itself", () => {
  const cases = new Set([...METHOD_CASES.map(({ method }) => method), "IngestService/Ingest"]);
  const declared = SERVICES.flatMap(({ name, methods }) =>
    methods.map((method) => `${name}/${method.name}`),
  );
  expect([...cases].toSorted()).toEqual(declared.toSorted());
});

describe.each(METHOD_CASES)("$method", ({ method, request, asked: expected, answers }) => {
  test("is answered to a plain gRPC client built from the proto files", async () => {
    using client = plainClient(served.grpcAddress);
    const name = `tidemark.v1.${method}`;
    const streamed = descriptor(method).methodKind === "server_streaming";
    const given: object = wireObject(request);
    const got = streamed
      ? await collected(client.stream(name, given))
      : [await client.unary(name, given)];
    expect(roundly(got)).toMatchObject(roundly(answers));
    expect(asked).toEqual([expected]);
  });

  test("is answered over gRPC-Web", async () => {
    const transport = createGrpcWebTransport({ baseUrl: served.httpUrl, httpVersion: "1.1" });
    expect(await answersBy(transport, descriptor(method), jsonOf(request))).toMatchObject(answers);
    expect(asked).toEqual([expected]);
  });

  test("is answered over Connect with JSON", async () => {
    const transport = createConnectTransport({
      baseUrl: served.httpUrl,
      httpVersion: "1.1",
      useBinaryFormat: false,
    });
    expect(await answersBy(transport, descriptor(method), jsonOf(request))).toMatchObject(answers);
    expect(asked).toEqual([expected]);
  });
});

const UNARY_CASES = METHOD_CASES.filter(({ method }) => descriptor(method).methodKind === "unary");

test.each(UNARY_CASES)("$method is answered to a plain HTTP request", async (given) => {
  const path = `tidemark.v1.${given.method}`;
  const { status, body } = await fetchJson(served.httpUrl, path, jsonOf(given.request));
  expect({ status, body }).toMatchObject({ status: 200, body: given.answers[0] });
  expect(asked).toEqual([given.asked]);
});

async function collected(answers: AsyncIterable<object>): Promise<readonly object[]> {
  const all: object[] = [];
  for await (const answer of answers) all.push(answer);
  return all;
}

/** With numbers as text and as precise as a double, which is all that the plain client can hold. */
function roundly(answers: readonly object[]): object[] {
  return answers.map((answer) => {
    const text = JSON.stringify(answer, (_key, value: unknown) =>
      typeof value === "number" || (typeof value === "string" && /^\d+$/u.test(value))
        ? String(Number(value))
        : value,
    );
    return object(JSON.parse(text));
  });
}

function object(value: unknown): object {
  if (typeof value !== "object" || value === null) throw new TypeError("expected an object");
  return value;
}

/** The request as the plain client takes it: bytes as a buffer. */
function wireObject(request: (typeof METHOD_CASES)[number]["request"]): object {
  const { data } = request;
  return typeof data === "string" ? { ...request, data: Buffer.from(data, "base64") } : request;
}

/** The request as JSON spells it: durations as text. */
function jsonOf(
  request: (typeof METHOD_CASES)[number]["request"],
): (typeof METHOD_CASES)[number]["request"] {
  return "timeout" in request ? { ...request, timeout: "2.5s" } : request;
}
