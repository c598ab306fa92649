/** Pipelines for API cases: made over a face, and gone without a trace afterwards. */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { type ApiAddress, type ApiFace, type ApiPipeline, valueOf } from "./api-face.ts";

/** A pipeline with a table to push into, one fed with three rows, and a view. */
export const PROGRAM = `
CREATE TABLE numbers (id INT NOT NULL PRIMARY KEY, label VARCHAR NOT NULL);
CREATE TABLE ticks (n BIGINT NOT NULL PRIMARY KEY) WITH ('connectors' = '[
  {"name": "seq", "transport": {"name": "datagen", "config": {"plan": [{"limit": 3}]}}}
]');
CREATE MATERIALIZED VIEW labels AS SELECT label, COUNT(*) AS n FROM numbers GROUP BY label;
CREATE VIEW plain AS SELECT id FROM numbers;
CREATE VIEW clock AS SELECT id, now() AS at FROM numbers;
CREATE LOCAL VIEW inner_labels AS SELECT label FROM numbers;
`;

/** A pipeline that a case may do with as it likes. */
export interface CasePipeline extends AsyncDisposable {
  readonly name: string;
}

/** Creates a pipeline of a name of its own and waits until it is compiled. */
export async function compiled(face: ApiFace, program: string = PROGRAM): Promise<CasePipeline> {
  const name = `api-${randomUUID().slice(0, 13)}`;
  valueOf(await face.create(name, program));
  await until(face, name, ({ programStatus }) => /Success|Error/u.test(programStatus));
  return { name, [Symbol.asyncDispose]: () => discard(face, name) };
}

/** Creates a pipeline and waits until it runs, or is paused. */
export async function deployed(
  face: ApiFace,
  program: string = PROGRAM,
  initial: "running" | "paused" = "running",
): Promise<CasePipeline> {
  const pipeline = await compiled(face, program);
  await start(face, pipeline.name, initial);
  return pipeline;
}

/** Starts a pipeline and waits until it runs, or is paused. */
export async function start(
  face: ApiFace,
  name: string,
  initial: "running" | "paused" = "running",
): Promise<void> {
  valueOf(await face.start(name, initial));
  const wanted = initial === "running" ? "Running" : "Paused";
  await until(face, name, ({ deploymentStatus }) => deploymentStatus === wanted);
}

/** Stops a pipeline and waits until it is stopped. */
export async function stop(face: ApiFace, name: string, force: boolean): Promise<void> {
  valueOf(await face.stop(name, { force }));
  await until(face, name, ({ deploymentStatus }) => deploymentStatus === "Stopped");
}

/** Clears a stopped pipeline and waits until it is cleared. */
export async function clear(face: ApiFace, name: string): Promise<void> {
  valueOf(await face.clear(name));
  await until(face, name, ({ storageStatus }) => storageStatus === "Cleared");
}

/** Asks for a pipeline until it is as wanted: no face pushes what becomes of one. */
export async function until(
  face: ApiFace,
  name: string,
  wanted: (pipeline: ApiPipeline) => boolean,
): Promise<ApiPipeline> {
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each answer decides whether to ask again
    const pipeline = valueOf(await face.get(name));
    if (wanted(pipeline)) return pipeline;
    if (pipeline.deploymentError !== "") break;
    // oxlint-disable-next-line no-await-in-loop
    await pause(10);
  }
  throw new Error(`pipeline never got there: ${JSON.stringify(valueOf(await face.get(name)))}`);
}

/** Waits until a connector has given all it has. */
export async function untilEnded(face: ApiFace, address: ApiAddress): Promise<void> {
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each answer decides whether to ask again
    if (valueOf(await face.input(address)).endOfInput) return;
    // oxlint-disable-next-line no-await-in-loop
    await pause(10);
  }
  throw new Error(`${address.table}.${address.connector} never came to its end`);
}

async function discard(face: ApiFace, name: string): Promise<void> {
  if ((await face.get(name)).kind === "error") return;
  await stop(face, name, true);
  await clear(face, name);
  valueOf(await face.delete(name));
}
