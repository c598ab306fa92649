/** Query failures: what a client is told of a fault after the answer has begun. */

import { type ServiceError } from "@tidemark/service";
import { z } from "zod";

import { asServiceError } from "./envelope.ts";
import { type QueryFormat } from "./query-formats.ts";

/** What a format says after its last rows; undefined where only a broken-off body can say it. */
export function lastPiece(
  format: QueryFormat,
  fault: unknown,
  requestId: string,
): string | undefined {
  const error = asServiceError(fault);
  const of = error.reason === "InternalError" ? ` (request ${requestId})` : "";
  if (format === "text") return `ERROR: ${error.message}${of}\n`;
  return format === "json" ? `${JSON.stringify({ error: sentence(error) + of })}\n` : undefined;
}

/** The engine's own sentence where there is one, as the contract's `error` fields have it. */
export function sentence({ message, details }: ServiceError): string {
  return DETAILS.safeParse(details).data?.error ?? message;
}

const DETAILS = z.object({ error: z.string() });
