/** A real server for a test, with its own document and the documented contract. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadConfig, startServer } from "@tidemark/server";

import { asObject, type Json } from "./json.ts";

/** A running server. */
export interface Served extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Its folder, for what tests write. */
  readonly folder: string;
  /** What it answers at `/openapi.json`. */
  readonly document: Json;
}

/** Starts a server on a free port, with a folder of its own where none is given. */
export async function served(given?: string): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const folder = given ?? stack.use(await scratchFolder()).path;
  const flags = { http: "127.0.0.1:0", grpc: "127.0.0.1:0", dataDir: folder, logLevel: "error" };
  const { ports } = stack.use(await startServer(loadConfig({ flags, environment: {} })));
  const url = `http://127.0.0.1:${ports.http}`;
  const response = await fetch(`${url}/openapi.json`);
  const document = asObject(await response.json());
  const opened = stack.move();
  return { url, folder, document, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** A folder that is there until it is disposed. */
export async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "tidemark-contract-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** The documented contract. */
export async function contract(): Promise<Json> {
  const text = await readFile(new URL("../contract.json", import.meta.url), "utf8");
  return asObject(JSON.parse(text));
}
