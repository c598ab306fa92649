import { invalidParam, isReason, OPEN_ACCESS, REASONS, ServiceError } from "@tidemark/service";
import { expect, test } from "vitest";

import { rawExchange } from "./testing/raw-exchange.ts";
import { aRecord, someStats } from "./testing/samples.ts";
import { type Served, serve } from "./testing/serve.ts";

interface Refused {
  readonly status: number;
  readonly reason: unknown;
  readonly message: string;
  readonly details: unknown;
  readonly headers: Headers;
}

async function refused(served: Served, path: string, init?: RequestInit): Promise<Refused> {
  const response = await served.ask(path, init);
  expect(response.headers.get("content-type")).toBe("application/json");
  const body: unknown = await response.json();
  expect(body).toEqual({
    message: expect.any(String),
    error_code: expect.any(String),
    details: expect.anything(),
  });
  const { message, error_code: reason, details } = Object(body);
  return {
    status: response.status,
    reason,
    message: String(message),
    details,
    headers: response.headers,
  };
}

const post = (body: string, type = "application/json"): RequestInit => ({
  method: "POST",
  body,
  headers: { "content-type": type },
});

const stats = () => Promise.reject(new ServiceError("UnknownPipelineName", "Unknown"));
const deployed = { stats: () => Promise.reject(invalidParam("the gate let it through")) };

test("an unknown route is 404 UnknownRoute, and so is a trailing slash, another case or an empty segment", async () => {
  await using served = await serve({});
  for (const path of [
    "/",
    "/v1",
    "/v0/pipelines/",
    "/V0/pipelines",
    "/v0/pipelines/p/Start",
    "/v0/pipelines//stats",
    "/v0/pipelines/p/stats/",
    "/v0/pipelines/p/completion_tokensxjoin",
  ]) {
    const error = await refused(served, path);
    expect([path, error.status, error.reason]).toEqual([path, 404, "UnknownRoute"]);
  }
});

test("a wrong method is 405 and says what is allowed", async () => {
  await using served = await serve({});
  const error = await refused(served, "/v0/pipelines/p/start");
  expect([error.status, error.reason]).toEqual([405, "MethodNotAllowed"]);
  expect(error.headers.get("allow")).toBe("OPTIONS, POST");
  const whole = await refused(served, "/v0/pipelines/p", { method: "POST" });
  expect(whole.headers.get("allow")).toBe("DELETE, GET, HEAD, OPTIONS, PATCH, PUT");
});

test("OPTIONS says what is allowed", async () => {
  await using served = await serve({});
  const response = await served.ask("/v0/pipelines", { method: "OPTIONS" });
  expect([response.status, response.headers.get("allow")]).toEqual([
    204,
    "GET, HEAD, OPTIONS, POST",
  ]);
});

test("HEAD answers as GET does, without the body", async () => {
  await using served = await serve({ pipelines: { get: () => Promise.resolve(aRecord()) } });
  const got = await served.ask("/v0/pipelines/p");
  const response = await served.ask("/v0/pipelines/p", { method: "HEAD" });
  expect([response.status, await response.text()]).toEqual([200, ""]);
  expect(response.headers.get("content-length")).toBe(got.headers.get("content-length"));
  await got.text();
});

test("a caller without credentials learns nothing of the routes below /v0", async () => {
  const error = new ServiceError("AuthenticationFailed", "no credentials");
  await using served = await serve(
    {},
    { access: { ...OPEN_ACCESS, authenticate: () => Promise.reject(error) } },
  );
  for (const path of ["/v0/pipelines", "/v0/nothing", "/v0/pipelines/p/stats"]) {
    const answer = await refused(served, path);
    expect([answer.status, answer.reason]).toEqual([401, "AuthenticationFailed"]);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  }
  expect((await served.ask("/healthz")).status).toBe(200);
});

test("malformed percent-encoding is 400, in the path and in the query string", async () => {
  await using served = await serve({ connectors: deployed });
  for (const path of [
    "/v0/pipelines/%zz",
    "/v0/pipelines/%ff/stats",
    "/%",
    "/v0/pipelines/p/completion_status?token=%e0%a4",
    "/v0/pipelines/p/completion_status?%=1",
  ]) {
    const error = await refused(served, path);
    expect([path, error.status, error.reason]).toEqual([path, 400, "InvalidParam"]);
    expect(error.message).toContain(path.startsWith("/v0/pipelines/p/") ? "g" : "percent");
  }
});

test("a parameter that is missing, given twice or not a boolean is named", async () => {
  await using served = await serve({ connectors: { stats: () => Promise.resolve(someStats()) } });
  const missing = await refused(served, "/v0/pipelines/p/completion_status");
  expect([missing.status, missing.message]).toEqual([
    400,
    "Invalid parameter: missing query parameter 'token'.",
  ]);
  const error = await refused(served, "/v0/pipelines/p/stop?force=yes", { method: "POST" });
  expect(error.message).toBe(
    "Invalid parameter: query parameter 'force' must be 'true' or 'false', not 'yes'.",
  );
  const twice = await refused(served, "/v0/pipelines?selector=all&selector=status");
  expect(twice.message).toBe("Invalid parameter: query parameter 'selector' is given 2 times.");
  const unknown = await refused(served, "/v0/pipelines?selector=some");
  expect(unknown.message).toBe(
    "Invalid parameter: query parameter 'selector' must be one of 'all', 'status', 'status_with_connectors', not 'some'.",
  );
});

test("an unknown pipeline is told before anything that is wrong with the query string", async () => {
  await using served = await serve({ connectors: { stats } });
  for (const path of [
    "completion_status",
    "stats?include_connector_errors=1",
    "query?format=xml",
    "tables/t/connectors/c/completion_token?basis=x",
  ]) {
    expect((await refused(served, `/v0/pipelines/p/${path}`)).reason).toBe("UnknownPipelineName");
  }
});

test("a connector's action is checked before its pipeline", async () => {
  await using served = await serve({ connectors: { stats } });
  const path = "/v0/pipelines/p/tables/t/connectors/c/completion_token";
  const error = await refused(served, path, { method: "POST" });
  expect(error).toMatchObject({
    status: 400,
    reason: "InvalidConnectorAction",
    message: "Invalid connector action 'completion_token'; valid actions are: 'start' or 'pause'",
    details: { action: "completion_token" },
  });
});

test("a body that is not JSON is refused with the place", async () => {
  await using served = await serve({});
  const messages: string[] = [];
  for (const body of ['{"name": }', '{"name": "p",\n "program_code": ', "", "\u0000"]) {
    const error = await refused(served, "/v0/pipelines", post(body));
    expect([error.status, error.reason]).toEqual([400, "InvalidParam"]);
    messages.push(error.message);
  }
  expect(messages.every((message) => /line \d+ column \d+/u.test(message))).toBe(true);
  expect(messages[1]).toContain("line 2 column 18");
  const deep = await refused(served, "/v0/pipelines", post("[".repeat(100_000)));
  expect(deep.message).toContain("nested deeper than 128 levels");
  const bytes = new Uint8Array([0x22, 0xff, 0x22]);
  const type = { "content-type": "application/json" };
  const init = { method: "POST", body: bytes, headers: type };
  expect((await refused(served, "/v0/pipelines", init)).message).toContain("not UTF-8");
});

test("a body with wrong fields names each of them", async () => {
  await using served = await serve({});
  const body = '{"name": 1, "tags": ["a", 2], "runtime_config": [], "description": null}';
  const error = await refused(served, "/v0/pipelines", post(body));
  expect(error.message).toBe(
    "Invalid parameter: field 'name' must be a string; field 'program_code' is missing; field 'description' must be a string; field 'tags.1' must be a string; field 'runtime_config' must be an object.",
  );
  expect((await refused(served, "/v0/pipelines", post("[]"))).message).toBe(
    "Invalid parameter: the body must be an object.",
  );
  const key = await refused(served, "/v0/api_keys", post('{"role": 1}'));
  expect(key.message).toBe(
    "Invalid parameter: field 'name' is missing; field 'role' must be a string.",
  );
});

test("a body of another content type or encoding is refused", async () => {
  await using served = await serve({});
  const form = await refused(served, "/v0/pipelines", post("{}", "text/plain"));
  expect(form.message).toContain("must have content type 'application/json', not 'text/plain'");
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const zipped = await refused(served, "/v0/pipelines", { method: "POST", body: "{}", headers });
  expect(zipped.message).toContain("content encoding 'gzip'");
});

test("a JSON body over the limit is 413, announced or not, and the connection lives on", async () => {
  const limits = { maximumJsonBytes: 100, maximumWaitSeconds: 1, keepAliveMs: 1000 };
  await using served = await serve({}, { limits });
  const big = "x".repeat(300_000);
  const announced = await refused(served, "/v0/pipelines", post(big));
  expect(announced).toMatchObject({
    status: 413,
    reason: "PayloadTooLarge",
    message: "JSON payload (300000 bytes) is larger than allowed (limit: 100 bytes).",
  });
  const chunked = await rawExchange(
    served.port,
    `POST /v0/pipelines HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n${"x".repeat(1024)}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  );
  expect(chunked).toContain("413 Payload Too Large");
  expect(chunked).toContain("JSON payload has exceeded limit (100 bytes).");
  expect(chunked).toContain('{"status":"healthy"}');
});

test("what is not HTTP, or has headers that are too large, gets an envelope too", async () => {
  await using served = await serve({});
  const garbage = await rawExchange(served.port, "nonsense\r\n\r\n");
  expect(garbage).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/u);
  expect(garbage).toContain('"error_code":"InvalidParam"');
  const large = await rawExchange(
    served.port,
    `GET /healthz?x=${"x".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  expect(large).toMatch(/^HTTP\/1\.1 431 /u);
  expect(large).toContain('"error_code":"HeadersTooLarge"');
  const close = "Connection: close\r\n\r\n";
  const hostless = await rawExchange(served.port, `GET /healthz HTTP/1.1\r\n${close}`);
  expect(hostless).toMatch(/^HTTP\/1\.1 400 [^]*the request has no Host header/u);
  const tunnel = await rawExchange(served.port, `CONNECT x:1 HTTP/1.1\r\nHost: x\r\n${close}`);
  expect(tunnel).toMatch(/^HTTP\/1\.1 404 [^]*"error_code":"UnknownRoute"/u);
});

test("a client of HTTP/1.0, or with an expectation that nobody knows, is answered as others are", async () => {
  await using served = await serve({});
  const old = await rawExchange(served.port, "GET /healthz HTTP/1.0\r\n\r\n");
  expect(old).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
  const expecting = await rawExchange(
    served.port,
    "GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n",
  );
  expect(expecting).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
});

test("a fault inside is 500 with the request's id, and its cause reaches the log only", async () => {
  await using served = await serve({});
  const headers = { "x-request-id": "abc-1" };
  const error = await refused(served, "/v0/pipelines", { headers });
  expect(error).toMatchObject({
    status: 500,
    reason: "InternalError",
    details: { request_id: "abc-1" },
  });
  expect(JSON.stringify(error)).not.toContain("secret");
  expect(error.headers.get("x-request-id")).toBe("abc-1");
  expect(served.faults).toMatchObject([
    { requestId: "abc-1", error: { message: expect.stringContaining("secret") } },
  ]);
});

/** All but internal errors, which tell no details of their own. */
const TOLD = Object.keys(REASONS)
  .filter(isReason)
  .filter((reason) => reason !== "InternalError");

test.each(TOLD)("%s is answered as the table says", async (reason) => {
  const entry = REASONS[reason];
  const details = Object.fromEntries(entry.details.map((key) => [key, `the ${key}`]));
  const get = () => Promise.reject(new ServiceError(reason, entry.message, details));
  await using served = await serve({ pipelines: { get } });
  const answer = await refused(served, "/v0/pipelines/p");
  const { retryAfterSeconds } = entry;
  expect({ ...answer, headers: answer.headers.get("retry-after") }).toEqual({
    status: entry.http,
    reason,
    message: entry.message,
    details,
    headers: retryAfterSeconds === undefined ? null : String(retryAfterSeconds),
  });
});
