/** Record metadata: what `CONNECTOR_METADATA()` tells of a record, as far as it is asked for. */

import { type Metadata, type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";

import { type KafkaRecord, type RecordRun } from "./fetched.ts";

/** The attributes of a record, as `include_…` names them. */
export const ATTRIBUTES = ["headers", "topic", "partition", "offset", "timestamp"] as const;

/** An attribute of a record. */
export type Attribute = (typeof ATTRIBUTES)[number];

/** Tells of one record of a run. */
export type Telling = (run: RecordRun, record: KafkaRecord) => Metadata;

/** Tells attributes of records of a topic; undefined where none is asked for. */
export function recordTelling(topic: string, asked: readonly Attribute[]): Telling | undefined {
  if (asked.length === 0) return undefined;
  const fields = asked.map((attribute) => ({
    name: `kafka_${attribute}`,
    quoted: false,
    type: TOLD[attribute].type,
    nullable: true,
  }));
  const type: ColumnType = { kind: "row", fields };
  return (run, record) => {
    const value = asked.map((attribute) => TOLD[attribute].of({ topic, run, record }));
    return { type, value };
  };
}

/** A record, and where it stands. */
interface Placed {
  readonly topic: string;
  readonly run: RecordRun;
  readonly record: KafkaRecord;
}

/** How an attribute is told. */
interface Told {
  readonly type: ColumnType;
  readonly of: (placed: Placed) => Value;
}

const TEXT: ColumnType = { kind: "text", fixed: false };

const TOLD: Readonly<Record<Attribute, Told>> = {
  headers: {
    type: { kind: "map", key: TEXT, value: { kind: "binary", fixed: false } },
    of: ({ record }) => headersOf(record),
  },
  topic: { type: TEXT, of: ({ topic }) => topic },
  partition: {
    type: { kind: "integer", bits: 32, unsigned: false },
    of: ({ run }) => run.partition,
  },
  offset: {
    type: { kind: "integer", bits: 64, unsigned: false },
    of: ({ run, record }) => run.firstOffset + BigInt(record.offsetDelta),
  },
  // One of nanoseconds would not have all years.
  timestamp: {
    type: { kind: "timestamp", precision: 3 },
    of: ({ run, record }) => timestampOf(run, record),
  },
};

/** How far calendars reach; producers can give any timestamp. */
const MOST_MS = 8_640_000_000_000_000n;

/** A map has a name once: the last of several headers with it counts. */
function headersOf({ headers }: KafkaRecord): Value {
  const byName = new Map<string, Buffer | null>();
  for (const [name, value] of headers) byName.set(name?.toString() ?? "", value);
  return [...byName];
}

/** NULL for a record without one, and where no calendar reaches. */
function timestampOf({ firstTimestamp, appended }: RecordRun, record: KafkaRecord): Value {
  const ms = appended ?? firstTimestamp + record.timestampDelta;
  return ms < 0n || ms > MOST_MS ? null : ms * 1_000_000n;
}
