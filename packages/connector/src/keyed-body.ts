/** Keyed bodies: what is kept of a push with an idempotency key, so that it is applied once. */

import { type ConnectorId, type Span } from "@tidemark/core";

import { type Progress } from "./source.ts";

/** What covers records of a push, and where on that number line its own records are. */
export interface Covered extends Progress {
  /** Absent for bodies that an earlier version took. */
  readonly spans?: readonly Span[];
}

/**
 * How much of a body was taken under a key. It is committed together with the rows that it tells of,
 * so whoever sends the body again goes on exactly behind them.
 */
export interface KeyedBody {
  /** Text of the caller's choice, unique within the pipeline. */
  readonly key: string;
  /** The endpoint that the body went to. */
  readonly connector: ConnectorId;
  /** How many of its bytes were read, from the first on, and their SHA-256 in hexadecimal. */
  readonly bytes: number;
  readonly digest: string;
  /** What these bytes came to. */
  readonly rows: number;
  readonly records: number;
  readonly errors: number;
  /** Together they cover all its records: one for each run of the engine that took some of them. */
  readonly covers: readonly Covered[];
  /** Whether the body ended there. */
  readonly whole: boolean;
  /** When it was last added to, in milliseconds since 1970. */
  readonly atMs: number;
}
