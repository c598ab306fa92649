import { type IngestRequest, type IssueOptions, type TokenStatus } from "@tidemark/service";
import { expect, test } from "vitest";

import { CONTRACT_VERSION } from "./contract-version.ts";
import { type QueryResult } from "./service-answers.ts";
import { rawExchange } from "./testing/raw-exchange.ts";
import { aRecord, anInput, anOutput, RUNNING, someStats } from "./testing/samples.ts";
import { serve } from "./testing/serve.ts";

const DONE: TokenStatus = {
  status: "complete",
  step: 7n,
  remaining: 0n,
  parts: [],
  verdict: { kind: "complete" },
  rejected: undefined,
};
const POSITION = anInput().received.frontier.positions[0];
const REJECTS: TokenStatus["rejected"] = {
  count: 2,
  deadLetters: 1,
  first: [
    {
      endpoint: "t.c",
      ...(POSITION === undefined ? {} : { partition: POSITION[0], offset: POSITION[1] }),
      atMs: 1000,
      error: "not a number",
      field: "a",
      record: '{"a":"x"}',
    },
  ],
};
const OPEN: TokenStatus = {
  status: "inprogress",
  step: undefined,
  remaining: 3n,
  parts: [
    {
      connector: anInput().id,
      level: "delivered",
      partitions: new Map([["0", 3n]]),
      remaining: 3n,
      perSecond: 2,
      estimatedSeconds: 1.5,
    },
  ],
  rejected: REJECTS,
  verdict: {
    kind: "pending",
    remaining: [],
    reasons: [{ code: "connector-paused", message: "connector 't.c' is paused." }],
  },
};
const STATUS = "/v0/pipelines/p/completion_status?token=t%2B%3D";

test("H11: complete is 200 and inprogress 202, neither is stored", async () => {
  const asked: string[] = [];
  let status = OPEN;
  const check = (_: unknown, pipeline: string, token: string): Promise<TokenStatus> => {
    asked.push(pipeline, token);
    return Promise.resolve(status);
  };
  await using served = await serve({ tokens: { check } });
  const open = await served.ask(STATUS);
  expect([open.status, open.headers.get("cache-control"), await open.json()]).toEqual([
    202,
    "no-store",
    {
      status: "inprogress",
      step: null,
      remaining: 3,
      reason: "connector 't.c' is paused.",
      reasons: [{ code: "connector-paused", message: "connector 't.c' is paused." }],
      parts: [
        {
          connector: anInput().id,
          level: "delivered",
          partitions: { "0": 3 },
          remaining: 3,
          per_second: 2,
          estimated_seconds: 1.5,
        },
      ],
      rejected: 2,
      dead_letters: 1,
      rejections: [
        {
          connector: "t.c",
          partition: "0",
          offset: String(POSITION?.[1]),
          at: "1970-01-01T00:00:01.000Z",
          error: "not a number",
          field: "a",
          record: '{"a":"x"}',
        },
      ],
    },
  ]);
  status = DONE;
  const done = await served.ask(STATUS);
  expect([done.status, await done.json()]).toEqual([
    200,
    {
      status: "complete",
      step: 7,
      remaining: 0,
      reason: null,
      reasons: [],
      parts: [],
      rejected: null,
      dead_letters: null,
      rejections: [],
    },
  ]);
  expect(asked).toEqual(["p", "t+=", "p", "t+="]);
});

test("Prefer: wait waits that long, cut to the limit, and says so", async () => {
  const waited: number[] = [];
  const wait = (...[, , , options]: readonly [unknown, string, string, { timeoutMs: number }]) => {
    waited.push(options.timeoutMs);
    return Promise.resolve(DONE);
  };
  await using served = await serve({ tokens: { wait, check: () => Promise.resolve(OPEN) } });
  const applied = async (prefer: string): Promise<string | null> => {
    const response = await served.ask(STATUS, { headers: { prefer } });
    await response.text();
    return response.headers.get("preference-applied");
  };
  expect(await applied("wait=10")).toBe("wait=10");
  expect(await applied('respond-async, Wait="2"; x=1')).toBe("wait=2");
  expect(await applied("wait=999999")).toBe("wait=300");
  expect(await applied("wait=-1")).toBeNull();
  expect(await applied("wait=soon")).toBeNull();
  expect(waited).toEqual([10_000, 2000, 300_000]);
});

test("a client that goes away ends its wait, and nobody hears of it", async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  const wait = (
    ...[, , , { signal }]: readonly [unknown, string, string, { signal: AbortSignal }]
  ): Promise<TokenStatus> =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      begun.resolve(signal);
    });
  await using served = await serve({ tokens: { wait } });
  const client = new AbortController();
  const asked = served.ask(STATUS, { headers: { prefer: "wait=60" }, signal: client.signal });
  const outcome = asked.catch((error: unknown) => Object(error).name);
  const signal = await begun.promise;
  const aborted = new Promise((resolve) => {
    signal.addEventListener("abort", resolve);
  });
  client.abort();
  await aborted;
  expect(await outcome).toBe("AbortError");
  expect(served.faults).toEqual([]);
});

test("names in the path are decoded once, slashes and quotes included", async () => {
  const seen: unknown[] = [];
  const issue = (_: unknown, address: unknown, { basis }: IssueOptions): Promise<string> => {
    seen.push(address, basis);
    return Promise.resolve("ct1_x");
  };
  await using served = await serve({ tokens: { issue } });
  const path = "/v0/pipelines/p/tables/%22T%2F%CE%94%2525%22/connectors/unnamed-0/completion_token";
  const response = await served.ask(`${path}?basis=head`);
  expect(await response.json()).toEqual({ token: "ct1_x" });
  expect(seen).toEqual([{ pipeline: "p", relation: '"T/Δ%25"', connector: "unnamed-0" }, "head"]);
});

test("tokens are joined from a body", async () => {
  await using served = await serve({
    tokens: { join: (_, __, tokens) => Promise.resolve(tokens.join("&")) },
  });
  const response = await served.ask("/v0/pipelines/p/completion_tokens:join", {
    method: "POST",
    body: '{"tokens": ["a", "b"]}',
    headers: { "content-type": "application/json" },
  });
  expect(await response.json()).toEqual({ token: "a&b" });
});

test("a push gets its body as it comes, with every other parameter as the format's configuration", async () => {
  const seen: IngestRequest[] = [];
  let size = 0;
  const ingest = async (_: unknown, request: IngestRequest) => {
    seen.push(request);
    for await (const chunk of request.body) size += chunk.byteLength;
    return { token: "ct1_x", records: 1 };
  };
  await using served = await serve({ ingest });
  const path = "/v0/pipelines/p/ingress/T1?format=json&array=true&force=true&x=%C3%A4";
  const body = "1".repeat(5_000_000);
  const response = await served.ask(path, { method: "POST", body });
  expect(await response.json()).toEqual({ token: "ct1_x" });
  expect(seen).toMatchObject([
    {
      pipeline: "p",
      table: "T1",
      force: true,
      format: { name: "json", config: { array: "true", x: "ä" } },
    },
  ]);
  expect(size).toBe(5_000_000);
  await served.ask("/v0/pipelines/p/ingress/T1", { method: "POST" });
  expect(seen[1]).toMatchObject({ force: false, format: { name: "csv", config: {} } });
});

test("a push that is refused early gets its answer, and its connection serves the next request", async () => {
  await using served = await serve({
    async ingest(_, { body }) {
      for await (const chunk of body) if (chunk.byteLength > 0) break;
      throw new Error("refused");
    },
  });
  const size = 5_000_000;
  const head = `POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`;
  const next = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const answer = await rawExchange(served.port, head + "1".repeat(size) + next);
  expect(answer).toContain("500 Internal Server Error");
  expect(answer).toContain('{"status":"healthy"}');
});

const rowsOf = (
  batches: () => AsyncIterable<readonly (readonly (number | string)[])[]>,
): QueryResult => ({
  columns: [{ id: { name: "a", quoted: false }, type: { kind: "real" }, nullable: true }],
  rows: batches(),
});

async function* twoBatches(): AsyncIterable<readonly (readonly (number | string)[])[]> {
  yield [[1], [2]];
  yield [["x"]];
}

test("query rows leave as lines of JSON or as a table", async () => {
  await using served = await serve({ query: () => Promise.resolve(rowsOf(twoBatches)) });
  const lines = await served.ask("/v0/pipelines/p/query?sql=SELECT+1&format=json");
  expect([lines.headers.get("content-type"), await lines.text()]).toEqual([
    "application/json",
    '{"a":1}\n{"a":2}\n{"a":"x"}\n',
  ]);
  const table = await served.ask("/v0/pipelines/p/query?sql=SELECT%201");
  expect([table.headers.get("content-type"), await table.text()]).toEqual([
    "text/plain",
    "a\n1\n2\nx\n",
  ]);
});

test("a query that fails at once has an error's status; one that fails later ends with the error", async () => {
  let first: readonly (readonly number[])[] = [];
  const query = () =>
    Promise.resolve(
      rowsOf(async function* failing() {
        if (first.length > 0) yield first;
        throw new Error("secret");
      }),
    );
  await using served = await serve({ query });
  const path = "/v0/pipelines/p/query?sql=x&format=json";
  expect((await served.ask(path)).status).toBe(500);
  first = [[1]];
  const later = await served.ask(path, { headers: { "x-request-id": "r1" } });
  expect([later.status, await later.text()]).toEqual([
    200,
    '{"a":1}\n{"error":"Something went wrong inside the server; its log says more. (request r1)"}\n',
  ]);
  expect(served.faults).toHaveLength(2);
});

test("a client that goes away ends its query", async () => {
  const ended = Promise.withResolvers<string>();
  const query = () =>
    Promise.resolve(
      rowsOf(async function* endless() {
        try {
          for (;;) yield [["x".repeat(1000)]];
        } finally {
          ended.resolve("ended");
        }
      }),
    );
  await using served = await serve({ query });
  const client = new AbortController();
  const { signal } = client;
  const response = await served.ask("/v0/pipelines/p/query?format=json", { signal });
  await response.body?.getReader().read();
  client.abort();
  expect(await ended.promise).toBe("ended");
  expect(served.faults).toEqual([]);
});

const STATUS_KEYS =
  "id name description tags created_at version platform_version program_config program_version program_status program_status_since deployment_error refresh_version storage_status storage_status_details deployment_id deployment_initial deployment_status deployment_status_since deployment_desired_status deployment_desired_status_since deployment_resources_status deployment_resources_status_since deployment_resources_desired_status deployment_resources_desired_status_since deployment_runtime_status deployment_runtime_status_details deployment_runtime_status_since deployment_runtime_desired_status deployment_runtime_desired_status_since".split(
    " ",
  );
const PROGRAM_KEYS =
  "runtime_config program_code udf_rust udf_toml program_error program_info deployment_config deployment_resources_status_details".split(
    " ",
  );
const BOOTSTRAP_KEYS = ["bootstrap_policy", "silent_bootstrap", "concurrent_bootstrap"];

test("a pipeline has exactly the documented fields, by selector", async () => {
  const record = aRecord({
    ...RUNNING,
    programStatus: "SqlError",
    programErrors: [
      {
        span: { startLine: 1, startColumn: 2, endLine: 3, endColumn: 4 },
        warning: false,
        errorType: "Error parsing SQL",
        message: "m",
        snippet: "s",
      },
    ],
  });
  await using served = await serve({
    pipelines: {
      get: () => Promise.resolve(record),
      list: () => Promise.resolve([record]),
      create: () => Promise.resolve(record),
    },
    connectors: { stats: () => Promise.resolve(someStats()) },
  });
  const keys = async (path: string, init?: RequestInit): Promise<readonly string[]> => {
    const value: unknown = await (await served.ask(path, init)).json();
    return Object.keys(Object(Array.isArray(value) ? value[0] : value)).toSorted();
  };
  const all = [...STATUS_KEYS, ...PROGRAM_KEYS];
  const path = "/v0/pipelines/p";
  expect(await keys(path)).toEqual([...all, ...BOOTSTRAP_KEYS].toSorted());
  expect(await keys("/v0/pipelines")).toEqual([...all, ...BOOTSTRAP_KEYS].toSorted());
  expect(await keys(`${path}?selector=status`)).toEqual(
    [...STATUS_KEYS, ...BOOTSTRAP_KEYS].toSorted(),
  );
  const posted = { method: "POST", body: '{"name":"p","program_code":""}' };
  const type = { "content-type": "application/json" };
  expect(await keys("/v0/pipelines", { ...posted, headers: type })).toEqual(all.toSorted());
  const counted = await served.ask(`${path}?selector=status_with_connectors`);
  expect(await counted.json()).toMatchObject({
    connectors: { num_errors: 3 },
    deployment_status: "Running",
    deployment_status_since: "2023-11-14T22:13:21.000Z",
    deployment_desired_status: "Running",
  });
  expect(await (await served.ask(path)).json()).toMatchObject({
    program_error: {
      rust_compilation: null,
      sql_compilation: { exit_code: 1, messages: [{ start_line_number: 1, end_column: 4 }] },
    },
  });
});

const none = () => Promise.resolve();
const change = () => Promise.resolve({ from: "Running", to: "Paused" });

test("lifecycle actions answer with the documented texts", async () => {
  const started: unknown[] = [];
  await using served = await serve({
    pipelines: {
      start: (_, name, options) => Promise.resolve(void started.push(name, options)),
      stop: none,
      pause: change,
      resume: change,
      clear: none,
      dismissError: none,
      delete: none,
    },
  });
  const answers: Record<string, unknown> = {};
  for (const action of [
    "start?initial=paused&dismiss_error=false&bootstrap_policy=reject&silent_bootstrap=true",
    "stop",
    "stop?force=true",
    "pause",
    "clear",
    "dismiss_error",
  ]) {
    const response = await served.ask(`/v0/pipelines/p/${action}`, { method: "POST" });
    answers[action] = [response.status, await response.json()];
  }
  expect(answers).toEqual({
    "start?initial=paused&dismiss_error=false&bootstrap_policy=reject&silent_bootstrap=true": [
      202,
      "Pipeline is starting",
    ],
    stop: [202, "Pipeline is suspending"],
    "stop?force=true": [202, "Pipeline is forcefully stopping"],
    pause: [202, "Pipeline transitioning from Running to Paused"],
    clear: [202, "Pipeline storage is being cleared"],
    dismiss_error: [200, "Pipeline deployment error has been dismissed"],
  });
  const bootstrap = { policy: "reject", silent: true, concurrent: false };
  expect(started).toEqual(["p", { initial: "paused", dismissError: false, bootstrap }]);
  const gone = await served.ask("/v0/pipelines/p", { method: "DELETE" });
  expect([gone.status, gone.headers.get("content-type"), await gone.text()]).toEqual([
    200,
    null,
    "",
  ]);
  const activated = await served.ask("/v0/pipelines/p/activate", { method: "POST" });
  expect([activated.status, await activated.json()]).toMatchObject([
    501,
    { error_code: "EnterpriseFeature" },
  ]);
});

test("stats have the documented keys", async () => {
  await using served = await serve({
    connectors: {
      stats: () => Promise.resolve(someStats()),
      inputStats: () => Promise.resolve(anInput()),
      outputStats: () => Promise.resolve(anOutput()),
    },
  });
  const path = "/v0/pipelines/p";
  const stats = Object(await (await served.ask(`${path}/stats`)).json());
  expect(Object.keys(stats)).toEqual([
    "global_metrics",
    "suspend_error",
    "checkpoint_activity",
    "permanent_checkpoint_errors",
    "inputs",
    "outputs",
  ]);
  expect(stats).toMatchObject({
    global_metrics: { state: "Running", uptime_msecs: 60_000, total_completed_steps: 6 },
    outputs: [{ metrics: { total_processed_steps: 6 } }],
  });
  expect(Object.keys(stats.global_metrics)).toHaveLength(34);
  expect(stats.inputs[0]).not.toHaveProperty("parse_errors");
  const errors = await served.ask(`${path}/stats?include_connector_errors=true`);
  expect(await errors.json()).toMatchObject({ inputs: [{ parse_errors: [{ message: "bad" }] }] });
  const input = await served.ask(`${path}/tables/t/connectors/c/stats`);
  expect(await input.json()).toMatchObject({
    endpoint_name: "T.c",
    config: { stream: '"T"' },
    health: { status: "Unhealthy", description: "no such file yet" },
    delivered: { offsets: { 0: "1152921504606846976" } },
  });
  const output = await served.ask(`${path}/views/v/connectors/o/stats`);
  expect(await output.json()).toMatchObject({ endpoint_name: "v.o", encode_errors: [] });
});

test("the server tells its health, version and session", async () => {
  await using served = await serve({ ready: false });
  const health = await served.ask("/healthz");
  expect([health.status, health.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await (await served.ask("/v0/config")).json()).toMatchObject({
    edition: "Open source",
    version: CONTRACT_VERSION,
    tidemark_version: "1.2.3",
    license_validity: null,
  });
  expect(await (await served.ask("/v0/config/session")).json()).toEqual({
    tenant_id: "00000000-0000-0000-0000-000000000000",
    tenant_name: "default",
    role: "admin",
    user_created_at: null,
    memberships: [],
  });
  expect(await (await served.ask("/config/authentication")).json()).toEqual({});
  const cluster = await served.ask("/v0/cluster_healthz");
  expect([cluster.status, await cluster.json()]).toMatchObject([503, { all_healthy: false }]);
});
