import * as fc from "fast-check";
import { expect, test } from "vitest";

import { AnswerChecker } from "./testing/answer-checker.ts";
import { type CheckedClient, checkedClient } from "./testing/checked-client.ts";
import { deployed, inTurn, reached, stopped } from "./testing/deploy.ts";
import { exchange, type Exchanged } from "./testing/exchange.ts";
import { isObject } from "./testing/json.ts";
import { breakOff, brokenOff } from "./testing/broken-off.ts";
import { type OddRequest, oddRequests } from "./testing/odd-requests.ts";
import { oddlyNamed } from "./testing/oddly-named.ts";
import { scratchFolder } from "./testing/served.ts";

/** How long to go on; `TIDEMARK_FUZZ_SECONDS` says otherwise. */
const SECONDS = Number(process.env["TIDEMARK_FUZZ_SECONDS"] ?? 12);

/** An answer that takes longer hangs. */
const HANGING_MS = 30_000;

/** After this long, a request that may rightly wait is given up. */
const PATIENCE_MS = 500;

test(
  "no request whatsoever is answered outside the document, hangs, or harms another pipeline",
  async () => {
    await using folder = await scratchFolder();
    await using checked = await checkedClient(folder.path);
    await deployed(checked, "innocent");
    await deployed(checked, "target");
    await deployed(checked, "stopped");
    await stopped(checked, "stopped");
    const { url, document } = checked;
    const port = Number(new URL(url).port);
    const answers = new AnswerChecker(document, { emptyMeansNone: true });
    const tokens = [await tokenOf(checked, "target"), await tokenOf(checked, "innocent"), "x"];
    const ask = async (request: OddRequest): Promise<void> => {
      const fault = await faultOf(request, port, answers);
      if (fault !== undefined) throw new Error(`${fault}\nasked: ${shown(request)}`);
    };
    await inTurn(oddlyNamed(document), ask);
    const requests = fc.array(oddRequests(document, tokens), { minLength: 1, maxLength: 20 });
    const property = fc.asyncProperty(requests, brokenOff(requests), async (some, broken) => {
      await restored(checked);
      await inTurn(some, ask);
      await breakOff(port, broken);
      await innocentRuns(checked);
    });
    await fc.assert(property, {
      numRuns: 1_000_000,
      interruptAfterTimeLimit: SECONDS * 1000,
      markInterruptAsFailure: false,
    });
    await Promise.all(fc.sample(requests, 20).flat().map(ask));
    await innocentRuns(checked);
    await everyPipelineIsThere(checked);
    expect(checked.faults).toEqual([]);
    const kept = await definitions(checked);
    await checked[Symbol.asyncDispose]();
    await using restarted = await checkedClient(folder.path);
    expect(await definitions(restarted)).toEqual(kept);
    await reached(restarted, "innocent", { deployment_status: "Running" });
    await innocentRuns(restarted);
  },
  (SECONDS + 100) * 1000,
);

/** What is wrong with the answer to a request; undefined where nothing is. */
async function faultOf(
  request: OddRequest,
  port: number,
  answers: AnswerChecker,
): Promise<string | undefined> {
  const answer = await answerTo(request, port);
  if (answer === undefined) return undefined;
  if (answer.status === 500) return `500: ${answer.body}`;
  if (request.method === "HEAD") return undefined;
  if (answer.status >= 400 && !isEnvelope(answer)) return `no envelope: ${JSON.stringify(answer)}`;
  const { path } = request;
  // Before there is a request, there is no operation that could document it.
  if (path === undefined || answer.status === 431) return undefined;
  if (isEndless(request) && answer.status === 200) return undefined;
  return answers.fault({ ...answer, method: request.method, path });
}

/** The answer; undefined where the request rightly waits. */
async function answerTo(request: OddRequest, port: number): Promise<Exchanged | undefined> {
  const waits = mayWait(request);
  const signal = AbortSignal.timeout(waits ? PATIENCE_MS : HANGING_MS);
  const headOnly = isEndless(request);
  try {
    return await exchange(port, request, { signal, headOnly });
  } catch (error) {
    if (waits && signal.aborted) return undefined;
    throw new Error(`no answer to ${shown(request)}`, { cause: error });
  }
}

function isEndless({ target }: OddRequest): boolean {
  return /egress|events/u.test(target);
}

/** A push into a paused pipeline waits, and so does whoever asks to. */
function mayWait({ target, headers }: OddRequest): boolean {
  return "Prefer" in headers || /ingress|egress|events|after=|wait|timeout/u.test(target);
}

function isEnvelope({ contentType, body }: Exchanged): boolean {
  if (contentType !== "application/json") return false;
  const value: unknown = JSON.parse(body);
  if (!isObject(value)) return false;
  const { message, error_code: code, details, ...others } = value;
  const texts = typeof message === "string" && typeof code === "string";
  return texts && details !== undefined && Object.keys(others).length === 0;
}

/** The target runs again, whatever has been done to it. */
async function restored(checked: CheckedClient): Promise<void> {
  const { client } = checked;
  const params = { path: { pipeline_name: "target" } };
  const { data } = await client.GET("/v0/pipelines/{pipeline_name}", { params });
  if (data === undefined) await deployed(checked, "target");
  const action = data?.deployment_status === "Stopped" ? "start" : "resume";
  const { response } = await client.POST(`/v0/pipelines/{pipeline_name}/${action}`, { params });
  if (response.ok) await reached(checked, "target", { deployment_status: "Running" });
}

async function innocentRuns(checked: CheckedClient): Promise<void> {
  const token = await tokenOf(checked, "innocent");
  await checked.raw(
    "GET",
    "/v0/pipelines/{pipeline_name}/completion_status",
    `/v0/pipelines/innocent/completion_status?token=${token}`,
    { headers: { prefer: "wait=30" } },
  );
  const { response } = await checked.client.GET("/v0/pipelines/{pipeline_name}/completion_status", {
    params: { path: { pipeline_name: "innocent" }, query: { token } },
  });
  expect(response.status).toBe(200);
}

/** The token of a record that has just been pushed. */
async function tokenOf({ client }: CheckedClient, pipeline: string): Promise<string> {
  const { data, error } = await client.POST("/v0/pipelines/{pipeline_name}/ingress/{table_name}", {
    params: {
      path: { pipeline_name: pipeline, table_name: "t" },
      query: { force: false, format: "json", update_format: "raw" },
    },
    body: '{"id": 1, "s": "a"}\n',
    bodySerializer: String,
  });
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data.token;
}

async function everyPipelineIsThere(checked: CheckedClient): Promise<void> {
  const { data = [] } = await checked.client.GET("/v0/pipelines");
  expect(data.map(({ name }) => name)).toContain("innocent");
  await inTurn(data, async ({ name }) => {
    const params = { path: { pipeline_name: name } };
    const { response } = await checked.client.GET("/v0/pipelines/{pipeline_name}", { params });
    expect(response.status).toBe(200);
  });
  await reached(checked, "innocent", { deployment_status: "Running" });
}

/** What outlives a restart: pipelines and keys, by their ids. */
async function definitions({ client }: CheckedClient): Promise<unknown> {
  const { data: pipelines = [] } = await client.GET("/v0/pipelines");
  const { data: keys } = await client.GET("/v0/api_keys");
  return {
    pipelines: pipelines.map(({ id, name, tags, description, version, program_code }) => ({
      id,
      name,
      tags,
      description,
      version,
      program_code,
    })),
    keys,
  };
}

function shown({ body, ...request }: OddRequest): string {
  const text = body === undefined ? "nothing" : Buffer.from(body).toString().slice(0, 2000);
  return `${JSON.stringify(request).slice(0, 3000)} with ${text}`;
}
