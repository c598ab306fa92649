/** A feed: one input of an embedded pipeline with its view and outputs, and who writes into it. */

import { type Claims } from "./claims.ts";
import { type HistoryPlace } from "./history.ts";
import { type Pipeline } from "./pipeline.ts";
import { type RejectBounds } from "./reject-bounds.ts";

/** The pipeline that a feed belongs to, once it runs. */
export interface Fed {
  readonly pipeline: Pipeline;
  readonly claims: Claims;
  /** How often what was not durable was lost: our server died, or the pipeline was stopped by force. */
  readonly losses: () => number;
}

/** Something to do. */
export type Act = readonly [weight: number, act: () => Promise<unknown>];

/** Part of an embedded pipeline's program, and the work on it. */
export interface Feed extends AsyncDisposable {
  /** Declares the table, and the view with its outputs. */
  readonly program: string;
  /** What writers and callers do; called once the pipeline runs. */
  acts(fed: Fed): readonly Act[];
  /** Takes tokens that cover all that the source holds: when they are complete, all is through. */
  drain(fed: Fed): Promise<void>;
  /** When nothing happens any more: throws unless view and outputs hold exactly what the source does. */
  settle(fed: Fed): Promise<void>;
}

/** Makes a feed's systems ready. */
export type FeedKind = (place: HistoryPlace) => Promise<Feed>;

/** Throws unless the two are the same rows, each as often. */
export function requireEqual(what: string, is: readonly string[], ought: readonly string[]): void {
  const [left, right] = [is.toSorted(), ought.toSorted()];
  if (JSON.stringify(left) === JSON.stringify(right)) return;
  const lacks = right.filter((row) => !left.includes(row));
  const has = left.filter((row) => !right.includes(row));
  const more = ` (${left.length} for ${right.length})`;
  throw new Error(`${what} lacks ${lacks.join(" ")}, and has ${has.join(" ")} too many${more}`);
}

/** JSON as it stands in SQL text. */
export function quoted(value: unknown): string {
  return `'${JSON.stringify(value).replaceAll("'", "''")}'`;
}

/** Throws unless queries find as many rejected records of an input as there are, each once. */
export async function requireRejected(
  pipeline: Pipeline,
  { of, least, most }: RejectBounds,
): Promise<void> {
  const sql = `SELECT count(*) AS n FROM tidemark_rejected WHERE connector LIKE '${of}'`;
  const rows = await pipeline.query(sql);
  const count = Number(rows?.[0]?.["n"]);
  if (rows === undefined || (count >= least && count <= most)) return;
  throw new Error(`tidemark_rejected has ${count} of ${of} for ${least} to ${most}`);
}
