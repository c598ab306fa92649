/** What the table of reasons says of each reason. */

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

/** What a reason means on every face. */
export interface ReasonEntry {
  readonly http: number;
  readonly grpc: GrpcCode;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds?: number;
  /** The message, with `{placeholders}` for what differs from case to case. */
  readonly message: string;
  /** The keys of its details; those of a nested object are dotted. */
  readonly details: readonly string[];
  /** Why it happens, for `docs/errors.md`. */
  readonly cause: string;
  /** What the caller can do about it. */
  readonly remedy: string;
}
