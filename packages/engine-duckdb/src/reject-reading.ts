/** Reading rejects: how many stand in some spans, and the first of those that are kept. */

import { type DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { type KeptReject, type Rejected, type RejectQuery } from "@tidemark/connector";
import { offset } from "@tidemark/core";
import { REJECTED_NAME } from "@tidemark/program";

import { internalTable, quoteName } from "./sql-text.ts";

/** Reads rejects on a connection of its own, which users' queries do not hold up. */
export interface RejectReading extends AsyncDisposable {
  read(query: RejectQuery): Promise<Rejected>;
}

const SPANS = `(
  SELECT s.partition AS part, CAST(s.first AS HUGEINT) AS low, CAST(s.last AS HUGEINT) AS high
  FROM (SELECT unnest(from_json($3::JSON,
    '[{"partition":"VARCHAR","first":"VARCHAR","last":"VARCHAR"}]')) AS s)
)`;

/** A mark of one offset counts as a whole, a longer one by its offsets in the span. */
const COUNT = `
  SELECT CAST(coalesce(sum(CASE
    WHEN m.partition IS NULL OR m.first = m.last THEN m.count
    ELSE least(m.last + 1, s.high) - greatest(m.first, s.low) END), 0) AS BIGINT)
  FROM ${internalTable("rejects")} m
  LEFT JOIN ${SPANS} s ON s.part = m.partition AND m.first < s.high AND m.last >= s.low
  WHERE m.connector = $1 AND m.incarnation = $2
    AND (s.part IS NOT NULL OR (m.partition IS NULL AND $4))`;

const FIRST = `
  SELECT r.connector, r.partition, r."offset", epoch_ms(r.at), r.error, r.field, r.record
  FROM ${quoteName(REJECTED_NAME)} r
  WHERE r.incarnation = $2
    AND r.connector IN (SELECT endpoint FROM ${internalTable("rejects")} WHERE connector = $1)
    AND CASE WHEN r.partition IS NULL THEN $4 ELSE EXISTS (
      SELECT 1 FROM ${SPANS} s
      WHERE s.part = r.partition AND r."offset" >= s.low AND r."offset" < s.high) END
  ORDER BY r.number LIMIT $5`;

/** Opens the reading; nothing is connected before it is first asked. */
export function openRejectReading(instance: DuckDBInstance): RejectReading {
  const connection = once(() => instance.connect());
  let turn: Promise<unknown> = Promise.resolve();
  const read = async (query: RejectQuery): Promise<Rejected> => {
    const { connector, incarnation, spans, unplaced, limit } = query;
    const open = await connection.get();
    const places = JSON.stringify(
      spans.map(({ partition, from, to }) => ({
        partition,
        first: String(from),
        last: String(to),
      })),
    );
    const values = [connector, incarnation, places, unplaced];
    const counted = await open.runAndReadAll(COUNT, values);
    const count = Number(counted.value(0, 0));
    if (count === 0 || limit <= 0) return { count, first: [] };
    const found = await open.runAndReadAll(FIRST, [...values, limit]);
    return { count, first: found.getRows().map(keptReject) };
  };
  return {
    read: (query) => {
      const reading = turn.then(() => read(query));
      turn = reading.catch(() => undefined);
      return reading;
    },
    [Symbol.asyncDispose]: async () => {
      await turn;
      (await connection.opened)?.closeSync();
    },
  };
}

function keptReject(row: readonly DuckDBValue[]): KeptReject {
  const [endpoint, partition, at, atMs, error, field, record] = row;
  return {
    endpoint: textOf(endpoint) ?? "",
    ...(typeof partition === "string" ? { partition } : {}),
    ...(typeof at === "bigint" ? { offset: offset(at) } : {}),
    atMs: Number(atMs),
    error: textOf(error) ?? "",
    field: textOf(field),
    record: textOf(record),
  };
}

function textOf(value: DuckDBValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** What is made when it is first asked for. */
function once<T>(make: () => Promise<T>): {
  get(): Promise<T>;
  readonly opened: Promise<T> | undefined;
} {
  let made: Promise<T> | undefined;
  return {
    get: () => (made ??= make()),
    get opened() {
      return made;
    },
  };
}
