/** Statuses of tokens: for people, for programs, and as an exit code. */

import { type Rejection, type TokenStatus } from "@tidemark/client";

import { EXIT, type ExitCode } from "./exit.ts";

/** How many rejected records a person is shown. */
const SHOWN = 5;

/** A status for people, on one line. */
export function statusText(answer: TokenStatus): string {
  const { complete, step, remaining, reasons, parts, by } = answer;
  const how = [
    ...(step === undefined ? [] : [`step ${step}`]),
    ...(by === undefined ? [] : [`by ${by}`]),
  ];
  if (complete) return how.length === 0 ? "complete" : `complete (${how.join(", ")})`;
  return `inprogress: ${remainingText({ remaining, reasons, parts })}`;
}

/** A status for people, with a line for what was rejected and for the first records of it. */
export function fullStatusText(status: TokenStatus): string {
  return [statusText(status), ...rejectLines(status)].join("\n");
}

function rejectLines({ rejected, deadLetters, rejections }: TokenStatus): readonly string[] {
  const counts = [
    ...counted("rejected", rejected, "record"),
    ...counted("dead-lettered", deadLetters, "row"),
  ];
  if (counts.length === 0) return [];
  const all = (rejected ?? 0n) + (deadLetters ?? 0n);
  const shown = rejections.slice(0, SHOWN);
  const more = all - BigInt(shown.length);
  return [
    counts.join(", "),
    ...shown.map((each) => `  ${rejectionText(each)}`),
    ...(more > 0n ? [`  and ${more} more: SELECT * FROM tidemark_rejected`] : []),
  ];
}

function counted(what: string, count: bigint | undefined, unit: string): readonly string[] {
  if (count === undefined || count === 0n) return [];
  return [`${what}: ${plural(count, unit)}`];
}

/** A number of things; the plural ends with `s`. */
function plural(count: bigint, unit: string): string {
  return count === 1n ? `1 ${unit}` : `${count} ${unit}s`;
}

function rejectionText({ connector, partition, offset, error, field }: Rejection): string {
  const place = [partition, offset].filter((part) => part !== undefined).join(":");
  const at = place === "" ? connector : `${connector} ${place}`;
  const where = field === undefined ? "" : ` (field ${field})`;
  return `${at}: ${error.replaceAll(/\s+/gu, " ")}${where}`;
}

/** What remains, and why; only why while it is not known how much. */
export function remainingText({
  remaining,
  reasons,
  parts,
}: Pick<TokenStatus, "remaining" | "reasons" | "parts">): string {
  const why = reasons.map(({ message }) => message);
  const much = remaining === 0n ? [] : [`${remaining} to go${within(parts)}`];
  return [...much, ...why].join("; ");
}

/** When the slowest part will be there at its pace. */
function within(parts: TokenStatus["parts"]): string {
  const seconds = parts.map(({ estimatedSeconds }) => estimatedSeconds ?? Infinity);
  const longest = Math.max(0, ...seconds);
  return parts.length > 0 && Number.isFinite(longest) ? `, about ${Math.ceil(longest)} s` : "";
}

/** A status for programs. */
export function statusJson(answer: TokenStatus): Readonly<Record<string, unknown>> {
  return {
    status: answer.complete ? "complete" : "inprogress",
    step: answer.step ?? null,
    remaining: answer.remaining,
    ...(answer.by === undefined ? {} : { by: answer.by }),
    reasons: answer.reasons,
    parts: answer.parts.map(({ partitions, perSecond, estimatedSeconds, ...part }) => ({
      ...part,
      partitions: Object.fromEntries(partitions),
      per_second: perSecond ?? null,
      estimated_seconds: estimatedSeconds ?? null,
    })),
    rejected: answer.rejected ?? null,
    dead_letters: answer.deadLetters ?? null,
    rejections: answer.rejections.map(({ partition, offset, at, field, record, ...known }) => ({
      ...known,
      partition: partition ?? null,
      offset: offset ?? null,
      at: at ?? null,
      field: field ?? null,
      record: record ?? null,
    })),
  };
}

/** How a status is judged by an exit code. */
export interface ExitOptions {
  /** Whether rejected records and rows count as a failure. */
  readonly failOnRejects?: boolean;
}

/** The exit code of a question that was answered with these statuses. */
export function exitOf(
  complete: boolean,
  statuses: readonly TokenStatus[],
  { failOnRejects = false }: ExitOptions,
): ExitCode {
  if (!complete) return EXIT.inProgress;
  return failOnRejects && statuses.some(hasRejects) ? EXIT.rejected : EXIT.done;
}

function hasRejects({ rejected, deadLetters }: TokenStatus): boolean {
  return (rejected ?? 0n) + (deadLetters ?? 0n) > 0n;
}
