/** Failures, which read the same over every protocol. */

import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { type Metadata, status } from "@grpc/grpc-js";
import {
  CompletionService,
  ErrorInfoSchema,
  PipelineService,
  RetryInfoSchema,
  StatusSchema,
} from "@tidemark/api";
import { isReason, REASONS, ServiceError } from "@tidemark/service";
import { describe, expect, test } from "vitest";

import { failureOf } from "./failure.ts";
import { type Given } from "./testing/fake-service.ts";
import { plainClient } from "./testing/plain-client.ts";
import { MAX_MESSAGE_BYTES } from "./rpc-options.ts";
import { type Served, serve } from "./testing/served.ts";
import { fetchJson } from "./testing/web-client.ts";

interface Told {
  readonly code: string;
  readonly message: string;
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly retryAfterSeconds: number | undefined;
}

const CHECK = { pipeline: "p", token: "t" };

/** What a check fails with, over native gRPC. */
async function overGrpc(served: Served, authorization?: string): Promise<Told> {
  using client = plainClient(served.grpcAddress);
  const options = authorization === undefined ? {} : { authorization };
  const call = client.unary("tidemark.v1.CompletionService/CheckToken", CHECK, options);
  const error = await call.then(unexpected, (fault: unknown) => fault);
  if (
    !(error instanceof Error) ||
    !("code" in error && "metadata" in error && "details" in error)
  ) {
    throw error;
  }
  const { code, details } = detailsIn(error.metadata);
  expect(code).toBe(error.code);
  const name = String(Object.entries(status).find(([, number]) => Number(number) === code)?.[0]);
  return { code: name, message: String(error.details), ...details };
}

function detailsIn(metadata: unknown): {
  readonly code: number;
  readonly details: Pick<Told, "reason" | "domain" | "metadata" | "retryAfterSeconds">;
} {
  if (!isMetadata(metadata)) throw new TypeError("there is no metadata");
  const bytes = metadata.get("grpc-status-details-bin")[0];
  if (!(bytes instanceof Buffer)) throw new TypeError("there are no details");
  const { code, details } = fromBinary(StatusSchema, bytes);
  const infos = details.map((one) => anyUnpack(one, ErrorInfoSchema)).filter(present);
  const retries = details.map((one) => anyUnpack(one, RetryInfoSchema)).filter(present);
  const [info] = infos;
  const delay = retries[0]?.retryDelay?.seconds;
  return {
    code,
    details: {
      reason: info?.reason,
      domain: info?.domain,
      metadata: info?.metadata,
      retryAfterSeconds: delay === undefined ? undefined : Number(delay),
    },
  };
}

/** What a check fails with, over a transport of HTTP. */
async function overHttp(
  served: Served,
  make: typeof createConnectTransport | typeof createGrpcWebTransport,
  authorization?: string,
): Promise<Told> {
  const client = createClient(
    CompletionService,
    make({ baseUrl: served.httpUrl, httpVersion: "1.1" }),
  );
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const error = await client
    .checkToken(CHECK, { headers })
    .then(unexpected, (fault) => ConnectError.from(fault));
  const info = error.findDetails(ErrorInfoSchema)[0];
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds;
  return {
    code: Code[error.code].replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "_").toUpperCase(),
    message: error.rawMessage,
    reason: info?.reason,
    domain: info?.domain,
    metadata: info?.metadata,
    retryAfterSeconds: delay === undefined ? undefined : Number(delay),
  };
}

async function overAll(given: Given, authorization?: string): Promise<readonly Told[]> {
  await using served = await serve(given);
  return [
    await overGrpc(served, authorization),
    await overHttp(served, createConnectTransport, authorization),
    await overHttp(served, createGrpcWebTransport, authorization),
  ];
}

function failing(fault: unknown): Given {
  return { tokens: { check: () => Promise.reject(fault) } };
}

test("a failure reads the same over every protocol", async () => {
  const details = { pipeline_name: "p", status: "Stopped", list: [1, "é"], none: null };
  const fault = new ServiceError("PipelineInteractionNotDeployed", "nöt\ndeployed 100%", details);
  const expected = {
    code: REASONS.PipelineInteractionNotDeployed.grpc,
    message: "nöt\ndeployed 100%",
    reason: "PipelineInteractionNotDeployed",
    domain: "tidemark.dev",
    metadata: { pipeline_name: "p", status: "Stopped", list: '[1,"é"]', none: "null" },
    retryAfterSeconds: REASONS.PipelineInteractionNotDeployed.retryAfterSeconds,
  };
  expect(expected.retryAfterSeconds).toBeGreaterThan(0);
  for (const told of await overAll(failing(fault))) expect(told).toEqual(expected);
});

/** All but internal errors, which tell no details of their own. */
const TOLD = Object.keys(REASONS)
  .filter(isReason)
  .filter((reason) => reason !== "InternalError");

test.each(TOLD)("%s reads as the table says over every protocol", async (name) => {
  const entry = REASONS[name];
  const details = Object.fromEntries(entry.details.map((key) => [key, `the ${key}`]));
  const given = failing(new ServiceError(name, entry.message, details));
  for (const told of await overAll(given)) {
    expect(told).toEqual({
      code: entry.grpc,
      message: entry.message,
      reason: name,
      domain: "tidemark.dev",
      metadata: details,
      retryAfterSeconds: entry.retryAfterSeconds,
    });
  }
});

test("a failure over Connect says in a header when to try again", async () => {
  await using served = await serve(failing(new ServiceError("TooManyWaiters", "m")));
  const response = await fetch(`${served.httpUrl}/tidemark.v1.CompletionService/CheckToken`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(CHECK),
  });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
});

test("wrong credentials read the same over every protocol", async () => {
  for (const told of await overAll({}, "Bearer wrong")) {
    expect(told).toMatchObject({ code: "UNAUTHENTICATED", reason: "AuthenticationFailed" });
  }
});

test("a fault inside the server is told by a number that the log has, and by nothing else", async () => {
  await using served = await serve(failing(new Error("secret: SELECT 1")));
  const told = [
    await overGrpc(served),
    await overHttp(served, createConnectTransport),
    await overHttp(served, createGrpcWebTransport),
  ];
  expect(JSON.stringify(told)).not.toContain("secret");
  for (const one of told) expect(one).toMatchObject({ code: "INTERNAL", reason: "InternalError" });
  expect(told.map(({ metadata }) => metadata?.["request_id"])).toEqual(
    served.faults.map(({ requestId }) => requestId),
  );
  expect(served.faults.map(({ error }) => String(error))).toEqual(
    told.map(() => "Error: secret: SELECT 1"),
  );
});

test("a failure in the middle of a stream comes after what was sent before it", async () => {
  await using served = await serve({
    tokens: {
      async *watch() {
        yield {
          status: "inprogress",
          step: undefined,
          remaining: 1n,
          parts: [],
          verdict: PENDING,
          rejected: undefined,
        };
        throw new ServiceError("CompletionTokenLost", "lost", {});
      },
    },
  });
  using client = plainClient(served.grpcAddress);
  const seen: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const one of client.stream("tidemark.v1.CompletionService/WatchToken", CHECK)) {
      seen.push(one);
    }
  };
  await expect(read()).rejects.toMatchObject({
    code: status[REASONS.CompletionTokenLost.grpc],
    details: "lost",
  });
  expect(seen).toMatchObject([{ status: { remaining: "1" } }]);
});

const PENDING = { kind: "pending", remaining: [], reasons: [] } as const;

test("bytes that are no message get one clear error", async () => {
  await using served = await serve({});
  using client = plainClient(served.grpcAddress);
  const bytes = Buffer.from([0x0a, 0xff, 0x01]);
  await expect(client.raw("tidemark.v1.CompletionService/CheckToken", bytes)).rejects.toMatchObject(
    {
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining("tidemark.v1.CheckTokenRequest"),
    },
  );
  const { status: code, body } = await fetchJson(
    served.httpUrl,
    "tidemark.v1.CompletionService/CheckToken",
    { pipeline: 5 },
  );
  expect({ code, body }).toMatchObject({ code: 400, body: { code: "invalid_argument" } });
});

describe("a request that can't be meant", () => {
  const COMPLETION = "tidemark.v1.CompletionService";
  const INGEST = "tidemark.v1.IngestService";
  test.each([
    [`${COMPLETION}/GenerateToken`, { pipeline: "p", basis: 9 }, "unknown 'basis' 9"],
    [`${COMPLETION}/WaitToken`, { timeout: { seconds: -1 } }, "'timeout' must not be negative"],
    [`${INGEST}/IngestOnce`, {}, "'header' is missing"],
    [`${INGEST}/IngestOnce`, { header: { pipeline: "p" } }, "the body is missing"],
  ])("is refused by %s", async (method, request, message) => {
    await using served = await serve({});
    using client = plainClient(served.grpcAddress);
    await expect(client.unary(method, request)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining(message),
    });
  });
});

test.each([
  [{ pipeline: "p", basis: "HEAD" }, "HEAD"],
  [{ pipeline: "p", bases: "BASIS_HEAD" }, "bases"],
])(
  "JSON with a word that the API does not have is refused, not half understood: %j",
  async (request, word) => {
    await using served = await serve({});
    const answer = await fetchJson(
      served.httpUrl,
      `${CompletionService.typeName}/GenerateToken`,
      request,
    );
    expect(answer).toMatchObject({
      status: 400,
      body: { code: "invalid_argument", message: expect.stringContaining(`"${word}"`) },
    });
  },
);

test("a failure with endless details fits into headers, with its short details and the first of a list", () => {
  const errors = Array.from({ length: 1000 }, (_, index) => ({ description: "é".repeat(index) }));
  const fault = new ServiceError("ParseErrors", "x".repeat(100_000), {
    errors,
    num_errors: 1000,
    token: "ct1_x",
  });
  const failure = failureOf(fault, () => {});
  expect(JSON.stringify(failure).length).toBeLessThan(4500);
  const { errors: first = "", ...others } = failure.info.metadata;
  expect(others).toEqual({ num_errors: "1000", token: "ct1_x", omitted: "errors" });
  const kept: unknown[] = JSON.parse(first);
  expect(kept.length).toBeGreaterThan(40);
  expect(kept).toEqual(errors.slice(0, kept.length));
});

test("a text that is not well-formed is told all the same", async () => {
  const fault = new ServiceError("UnknownPipelineName", "Unknown \ud800", { name: "\ud800" });
  for (const told of await overAll(failing(fault))) {
    expect(told).toMatchObject({ message: "Unknown \ufffd", metadata: { name: "\ufffd" } });
  }
});

test("details that are no object are told as one", () => {
  const { info } = failureOf(
    new ServiceError("UnknownPipelineName", "no", ["pause", "Standby"]),
    () => {},
  );
  expect(info.metadata).toEqual({ details: '["pause","Standby"]' });
});

test.each([
  { what: "an unknown method", body: "{}", method: "Nothing", answer: [404, "unimplemented"] },
  { what: "a body that is no JSON", body: "{", answer: [400, "invalid_argument"] },
  { what: "an unknown field", body: '{"x":1}', answer: [400, "invalid_argument"] },
  {
    what: "a body over the limit",
    body: `"${"x".repeat(MAX_MESSAGE_BYTES)}"`,
    answer: [429, "resource_exhausted"],
  },
])("$what is refused by the library with a reason", async ({ body, method, answer }) => {
  await using served = await serve({});
  const path = `${PipelineService.typeName}/${method ?? "GetPipeline"}`;
  const response = await fetch(`${served.httpUrl}/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  const [http, code = ""] = answer;
  expect(response.status).toBe(http);
  expect(await response.json()).toMatchObject({
    code,
    details: [{ type: "google.rpc.ErrorInfo", debug: { reason: REFUSED[code] } }],
  });
});

const REFUSED: Readonly<Record<string, string>> = {
  unimplemented: "UnknownRoute",
  invalid_argument: "InvalidParam",
  resource_exhausted: "PayloadTooLarge",
};

function isMetadata(given: unknown): given is Metadata {
  return typeof given === "object" && given !== null && "get" in given;
}

function present<T>(given: T | undefined): given is T {
  return given !== undefined;
}

function unexpected(): never {
  throw new TypeError("the call was expected to fail");
}
