/** An operation: one method on one path, and how the service is asked for it. */

import { type IncomingMessage } from "node:http";

import { type Caller, type Role } from "@tidemark/service";

import { type Answer } from "./answer.ts";
import { type Query } from "./query-params.ts";

/** One request, as operations see it. */
export interface Call {
  readonly caller: Caller;
  /** Aborts when the client goes away before it has its answer. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly request: IncomingMessage;
  /** A placeholder of the path, percent-decoded. */
  param(name: string): string;
  /** The query string; throws `InvalidParam` where it is malformed. */
  query(): Query;
}

/** One method on one path. */
export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** The least role that may ask; `anyone` needs no credentials. */
  readonly role: Role | "anyone";
  /** An unknown or stopped pipeline is told before anything that is wrong with the query string. */
  readonly access?: "gated";
  run(call: Call): Promise<Answer> | Answer;
}
