/** What the engine suite's tests share: programs, steps and readings in few words. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Changes, type Engine, type Progress, type Step } from "@tidemark/connector";
import { type ConnectorId, connectorId, frontier, incarnation } from "@tidemark/core";
import { type ConnectorDeclaration, parseProgram, type Program } from "@tidemark/program";

/** A program of these statements, whose views named in `followed` have a sink. */
export function program(sql: string, followed: readonly string[] = []): Program {
  const parsed = parseProgram(sql);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));
  const views = parsed.program.views.map((view) =>
    followed.includes(view.id.name) ? { ...view, connectors: [SINK] } : view,
  );
  return { ...parsed.program, views };
}

const SINK: ConnectorDeclaration = {
  name: "sink",
  transport: { name: "file_output", config: {} },
  paused: false,
  labels: [],
  startAfter: [],
  maxQueuedRecords: 1,
  maxQueuedBytes: 1,
  sendSnapshot: false,
  declared: {},
};

/** A directory that is removed at the end. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "tidemark-engine-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The one connector of the suite's steps. */
export const CONNECTOR: ConnectorId = connectorId("input");

/** Progress of the suite's connector up to an offset. */
export function progressAt(offset: bigint): ReadonlyMap<ConnectorId, Progress> {
  return new Map([
    [CONNECTOR, { incarnation: incarnation("first"), frontier: frontier([["p", offset]]) }],
  ]);
}

/** A step with changes to tables; the rest of it may be given. */
export function step(inputs: Readonly<Record<string, Changes>>, rest: Partial<Step> = {}): Step {
  return {
    inputs: Object.entries(inputs).map(([table, changes]) => ({ table, changes })),
    progress: progressAt(0n),
    ended: [],
    deliveredStep: 0n,
    ...rest,
  };
}

/** All rows that a query answers, each as text, sorted. */
export async function rowsOf(engine: Engine, sql: string): Promise<readonly string[]> {
  const { rows } = await engine.query(sql, { signal: new AbortController().signal });
  const all: string[] = [];
  for await (const chunk of rows) all.push(...chunk.map(showRow));
  return all.toSorted();
}

/** A view's changes in a step, each as `+row` or `-row`, in order. */
export async function changesOf(
  engine: Engine,
  view: string,
  at: bigint,
): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const chunk of engine.changes(view, at)) {
    all.push(...chunk.map(({ weight, row }) => `${weight > 0 ? "+" : "-"}${showRow(row)}`));
  }
  return all;
}

/** A row as text that tells all values apart. */
export function showRow(row: readonly unknown[]): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    return value instanceof Uint8Array ? `0x${Buffer.from(value).toString("hex")}` : value;
  });
}
