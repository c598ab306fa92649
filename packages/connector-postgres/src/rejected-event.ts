/** Rejected events: what is said of a row that does not fit. */

import { type RecordError } from "@tidemark/connector";
import { type Position } from "@tidemark/core";

/** Longer texts are cut. */
const MOST_SHOWN = 1000;
const MOST_KEY = 200;

/** Where rejected events come from. */
export interface RejectedOf {
  /** For example `the source table 'public.orders'`. */
  readonly shown: string;
  /** Names of the columns there that tell rows apart. */
  readonly key: readonly string[];
}

/** The error of an event, which names its row and its place. */
export function rejectedEvent(
  error: RecordError,
  event: string,
  {
    shown,
    key,
    position,
    number,
  }: RejectedOf & {
    readonly position: Position;
    /** Of the event, among those of its transaction. */
    readonly number: number | null;
  },
): RecordError {
  const what = error.description.replace(/^failed to deserialize JSON record: /u, "");
  return {
    ...error,
    description: `a row of ${shown}${rowText(event, key)} does not fit: ${what}`,
    invalidText: cut(event, MOST_SHOWN),
    eventNumber: number,
    position,
  };
}

function rowText(event: string, key: readonly string[]): string {
  const row = rowOf(event);
  const parts = key.flatMap((name) => (name in row ? [`${name}=${textOf(row[name])}`] : []));
  return parts.length === 0 ? "" : ` (${cut(parts.join(", "), MOST_KEY)})`;
}

function rowOf(event: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = parsedExactly(event);
  const [row] = isRecord(parsed) ? Object.values(parsed) : [];
  return isRecord(row) ? row : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Numbers as they are written, so that long ones keep their digits. */
function parsedExactly(json: string): unknown {
  try {
    return JSON.parse(json, (_key, value: unknown, ...more: readonly unknown[]) => {
      const [context] = more;
      return typeof value === "number" && isRecord(context) ? context["source"] : value;
    });
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
