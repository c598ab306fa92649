/**
 * Operations: one method on one path, with everything that the OpenAPI document says of it.
 *
 * What an operation declares is what holds: `takes` is the schema that validates its requests,
 * `answers` and `errors` are what tests hold its responses to. Authentication, malformed requests
 * and internal errors are the same for all and need no mention; see `errors-of.ts`.
 */

import { type IncomingMessage } from "node:http";

import { type Caller, type Reason, type Role } from "@tidemark/service";
import { z } from "zod";

import { type Answer } from "./answer.ts";
import { type Param } from "./params.ts";
import { type Query } from "./query-params.ts";
import { readTaken } from "./read-taken.ts";

/** One request, as operations see it. */
export interface Call {
  readonly caller: Caller;
  /** Aborts when the client goes away before it has its answer. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly request: IncomingMessage;
  /** The largest JSON body, in bytes. */
  readonly maximumJsonBytes: number;
  /** A placeholder of the path, percent-decoded. */
  param(name: string): string;
  /** The whole query string, for what `takes` can't list; throws `InvalidParam` where it is malformed. */
  query(): Query;
}

/** A group of operations in the document. */
type Tag =
  | "Platform"
  | "Pipeline CRUD"
  | "Pipeline Lifecycle"
  | "Input Connectors"
  | "Output Connectors"
  | "Metrics & Debugging";

/** What a request gives, each part by its schema; whatever is not listed is ignored. */
export interface Takes {
  readonly [part: string]: z.ZodType;
  readonly query?: z.ZodObject<Readonly<Record<string, Param>>>;
  /** By their usual spelling. */
  readonly headers?: z.ZodObject<Readonly<Record<string, Param>>>;
  /** A JSON body; it may be left out where the schema accepts undefined. */
  readonly body?: z.ZodType;
}

/** A success of one status. */
export interface AnswerShape {
  readonly description: string;
  /** A JSON document. Without it and `streams` the body is empty. */
  readonly json?: z.ZodType;
  /** Other bodies: by media type, what they look like. */
  readonly streams?: Readonly<Record<string, string>>;
  /** Headers besides the usual: by name, what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the document says of an operation. */
export interface OperationDescription {
  /** The `operationId`: the documented one where there is one. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `{placeholders}`, which `placeholders.ts` describes. */
  readonly path: string;
  /** The least role that may call it; `anyone` asks for no credentials. */
  readonly role: Role | "anyone";
  /**
   * `gated`: an unknown or stopped pipeline is told before anything that is wrong with the request.
   * `session`: it authenticates by itself, because callers who have yet to choose a tenant are answered too.
   */
  readonly access?: "gated" | "session";
  readonly tag: Tag;
  /** A few words, without a full stop. */
  readonly summary: string;
  /** Whole sentences of Markdown: what it does, and what a caller would not expect. */
  readonly description: string;
  readonly takes: Takes;
  /** What the query parameters mean that `takes` does not list, where there may be such. */
  readonly otherQuery?: string;
  /** A body that is streamed: by media type, what it looks like. */
  readonly takesStream?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** The reasons for which it fails, besides those of every operation and of the gate. */
  readonly errors: readonly Reason[];
}

/** An operation as the router runs it. */
export interface Operation extends OperationDescription {
  run(call: Call): Promise<Answer> | Answer;
}

/** What `takes` makes of a request. */
export type Taken<T extends Takes> = z.output<z.ZodObject<T>>;

/**
 * An operation whose requests are validated before it runs.
 * @example
 * operation({
 *   id: "post_pipeline_stop",
 *   method: "POST",
 *   path: "/v0/pipelines/{pipeline_name}/stop",
 *   role: "write",
 *   tag: "Pipeline Lifecycle",
 *   summary: "Stop a pipeline",
 *   description: "Takes effect in the background.",
 *   takes: { query: z.object({ force: flag("Stop at once.") }) },
 *   answers: { 202: { description: "It is stopping.", json: z.string() } },
 *   errors: ["UnknownPipelineName"],
 *   async run(call, { query }) {
 *     await service.pipelines.stop(call.caller, call.param("pipeline_name"), query);
 *     return json("stopping", { status: 202 });
 *   },
 * });
 */
export function operation<const T extends Takes>(
  spec: Omit<OperationDescription, "takes"> & {
    readonly takes: T;
    run(call: Call, taken: Taken<T>): Promise<Answer> | Answer;
  },
): Operation {
  const schema = z.object(spec.takes);
  return {
    ...spec,
    run: async (call) => spec.run(call, await readTaken(call, spec.takes, schema)),
  };
}
