/** The tour: a pipeline ingests, a token is issued, becomes complete, and a query shows the rows. */

import { readFile } from "node:fs/promises";

import { TidemarkError } from "@tidemark/client";

import { rowsText } from "../commands/query.ts";
import { waitWithBar } from "../commands/tokens.ts";
import { type Context } from "../context.ts";
import { CommandError } from "../command-error.ts";
import { statusText } from "../status-text.ts";
import { untilCompiled, untilPipeline } from "../until.ts";
import { type DemoMemory } from "./demo-memory.ts";
import { demoProgram, PIPELINE } from "./demo-program.ts";
import { dataSet, flightRows } from "./flights.ts";
import { callCompletion } from "./plain-grpc.ts";
import { type Narrator } from "./say.ts";

/** What the tour goes over. */
export interface Tour {
  readonly context: Context;
  readonly say: Narrator;
  /** Such as `http://127.0.0.1:8080`. */
  readonly http: string;
  /** Such as `127.0.0.1:50051`. */
  readonly grpc: string;
  readonly files: { readonly input: string; readonly output: string };
}

/** Has the pipeline run; creates it where it is not there. Answers whether it was. */
export async function showPipeline({ context, say, files }: Tour): Promise<boolean> {
  const { client, signal } = context;
  const found = await existing(context);
  if (found === undefined) {
    const programCode = demoProgram(files);
    say.step(
      "A pipeline: one table, read from a file; one plain view; one that aggregates into a file",
    );
    say.block(programCode);
    await client.pipelines.create({ name: PIPELINE, programCode }, { signal });
    await untilCompiled(context, PIPELINE);
  } else {
    say.step("The pipeline of an earlier run is there, with its data");
  }
  if (found?.deploymentStatus !== "Running" && found?.deploymentDesiredStatus !== "Running") {
    await client.pipelines.start(PIPELINE, { signal });
  }
  await untilPipeline(context, PIPELINE, ({ deploymentStatus }) => deploymentStatus === "Running");
  say.line(`pipeline '${PIPELINE}' runs`);
  return found !== undefined;
}

/** Checks the tokens of an earlier run: what was complete still is. */
export async function showMemory({ context, say }: Tour, memory: DemoMemory): Promise<void> {
  const { client, signal } = context;
  say.step("The tokens of that run, checked again after the restart");
  for (const [what, token] of Object.entries(memory)) {
    const status = await client.tokens.check(PIPELINE, token, { signal });
    say.line(`${what.padEnd(6)} ${shortened(token)}  ${statusText(status)}`);
  }
}

/** Reads the file, from a token that is in progress to one that is complete. */
export async function showFile({ context, say }: Tour): Promise<string> {
  const { client, signal } = context;
  const address = { pipeline: PIPELINE, table: "flights", connector: "file" };
  say.step("A completion token for everything in the file, before any of it has been read");
  const token = await client.tokens.issue(address, { basis: "head", signal });
  say.line(token);
  say.line(`its status: ${statusText(await client.tokens.check(PIPELINE, token, { signal }))}`);
  say.step("The connector is started, and we wait for the token");
  const beganMs = performance.now();
  await client.connectors.start(address, { signal });
  const status = await waitWithBar(context, { pipeline: PIPELINE, token, timeoutMs: undefined });
  const { inputs } = await client.connectors.list(PIPELINE, { signal });
  const records = inputs.find(({ endpoint }) => endpoint === "flights.file")?.totalRecords ?? 0n;
  const seconds = (performance.now() - beganMs) / 1000;
  say.line(`${Number(records).toLocaleString("en")} records in ${seconds.toFixed(1)} s`);
  say.line(`its status: ${statusText(status)}`);
  return token;
}

/** Pushes records over plain HTTP and long-polls their token. */
export async function showPush({ context, say, http }: Tour): Promise<string> {
  say.step("2,000 more flights are pushed over HTTP; the answer is a token for just these");
  const pipeline = `${http}/v0/pipelines/${PIPELINE}`;
  const { signal } = context;
  const pushed = await fetch(
    `${pipeline}/ingress/flights?format=json&update_format=raw&array=true`,
    {
      method: "POST",
      body: await flightRows(dataSet("flights-2k.json")),
      signal,
    },
  );
  const answer: unknown = await pushed.json();
  const token = textField(answer, "token");
  say.line(token);
  const url = `${pipeline}/completion_status?token=${token}`;
  const waited = await fetch(url, { headers: { Prefer: "wait=30" }, signal });
  say.line(`one long poll later: ${await waited.text()}`);
  return token;
}

/** Shows what a query answers once the tokens are complete. */
export async function showRows({ context, say, files }: Tour): Promise<void> {
  say.step("The rows that a query now answers");
  for (const sql of [
    "SELECT count(*) AS flights FROM flights",
    "SELECT count(*) AS late_flights, max(delay) AS worst FROM late_flights",
    "SELECT * FROM delay_by_hour ORDER BY average_delay DESC LIMIT 5",
  ]) {
    say.line(sql);
    say.block(await rows(context, sql));
  }
  const changes = (await readFile(files.output, "utf8")).trim().split("\n");
  say.line(`and the file that the aggregating view writes its changes to, ${files.output}:`);
  say.block([...changes.slice(0, 3), `… ${changes.length} lines`].join("\n"));
}

/** Does it once more with a gRPC client that has only the proto files. */
export async function showGrpc({ say, grpc }: Tour): Promise<void> {
  say.step("The same over gRPC, by a client that has only the proto files");
  const generated = await callCompletion(grpc, "GenerateToken", {
    pipeline: PIPELINE,
    table: "flights",
    connector: "file",
  });
  const token = textField(generated, "token");
  say.line(`GenerateToken  ${shortened(token)}`);
  const request = { pipeline: PIPELINE, token, timeout: { seconds: 10 } };
  say.line(`WaitToken      ${JSON.stringify(await callCompletion(grpc, "WaitToken", request))}`);
}

async function existing({
  client,
  signal,
}: Context): Promise<Awaited<ReturnType<typeof client.pipelines.get>> | undefined> {
  try {
    return await client.pipelines.get(PIPELINE, { signal });
  } catch (error) {
    if (error instanceof TidemarkError && error.reason === "UnknownPipelineName") return undefined;
    throw error;
  }
}

async function rows({ client, signal }: Context, sql: string): Promise<string> {
  const found: string[] = [];
  let columns: readonly string[] = [];
  for await (const page of client.query(PIPELINE, sql, { signal })) {
    if (page.columns.length > 0) ({ columns } = page);
    found.push(...page.rows);
  }
  return rowsText(columns, found);
}

function textField(answer: unknown, field: string): string {
  if (typeof answer === "object" && answer !== null) {
    const value = new Map<string, unknown>(Object.entries(answer)).get(field);
    if (typeof value === "string") return value;
  }
  const said = JSON.stringify(answer).slice(0, 500);
  throw new CommandError(`the server answered without a ${field}: ${said}`);
}

function shortened(token: string): string {
  return token.length > 40 ? `${token.slice(0, 30)}…${token.slice(-8)}` : token;
}
