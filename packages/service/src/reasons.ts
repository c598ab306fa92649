/** The one table of errors: what each reason is called, its HTTP status and gRPC code. */

import { type JsonValue } from "@tidemark/program";

/** A gRPC status code by its canonical name. */
export type GrpcCode =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED"
  | "FAILED_PRECONDITION"
  | "RESOURCE_EXHAUSTED"
  | "ABORTED"
  | "DATA_LOSS"
  | "DEADLINE_EXCEEDED"
  | "UNIMPLEMENTED"
  | "UNAVAILABLE"
  | "INTERNAL";

/** A reason's name: the documented `error_code`. */
export type Reason = "UnknownPipelineName";

/** What a reason means on every face. */
export interface ReasonEntry {
  readonly http: number;
  readonly grpc: GrpcCode;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds?: number;
  /** Why it happens, for `docs/errors.md`. */
  readonly cause: string;
  /** What the caller can do about it. */
  readonly remedy: string;
}

/** The table; one entry per reason. */
export const REASONS: Readonly<Record<Reason, ReasonEntry>> = {
  UnknownPipelineName: {
    http: 404,
    grpc: "NOT_FOUND",
    cause: "No pipeline of this tenant has that name.",
    remedy: "Check the name against the list of pipelines.",
  },
};

/** The details of an error: an object, or what the contract documents in its place. */
export type Details = JsonValue;
