/** Keyed bodies in storage: one row a key, written by the step that holds the rows it tells of. */

import { type DuckDBConnection, type DuckDBPreparedStatement } from "@duckdb/node-api";
import { type Covered, type KeyedBody, type Step } from "@tidemark/connector";
import { connectorId, offset, type Span } from "@tidemark/core";

import { internalTable } from "./sql-text.ts";
import { list, number, object, string } from "./stored-fields.ts";
import { decodeProgress, encodeProgress } from "./stored-progress.ts";

/** Writes what steps say of keys. */
export interface KeyedBodies {
  /** Part of the step's transaction. */
  write(step: Pick<Step, "forgottenKeys" | "keyed">): Promise<void>;
}

/** Prepares writing, given the keys that are stored. */
export async function openKeyedBodies(
  connection: DuckDBConnection,
  recovered: readonly KeyedBody[],
): Promise<KeyedBodies> {
  const table = internalTable("keys");
  const insert = await connection.prepare(`INSERT INTO ${table} VALUES ($1, $2)`);
  // A step that fails ends the engine, so what is noted here never differs from what is stored.
  const stored = new Set(recovered.map(({ key }) => key));
  const remove = (keys: readonly string[]): Promise<void> => removeKeys(connection, keys);
  return {
    async write({ forgottenKeys = [], keyed = [] }) {
      const gone = [...forgottenKeys, ...keyed.map(({ key }) => key)].filter((key) =>
        stored.delete(key),
      );
      if (gone.length > 0) await remove(gone);
      for (const body of keyed) {
        await insertBody(insert, body);
        stored.add(body.key);
      }
    },
  };
}

/** Reads all keys that are stored. */
export async function readKeyedBodies(connection: DuckDBConnection): Promise<readonly KeyedBody[]> {
  const result = await connection.runAndReadAll(`SELECT body FROM ${internalTable("keys")}`);
  return result.getRows().map(([text]) => decode(String(text)));
}

async function removeKeys(connection: DuckDBConnection, keys: readonly string[]): Promise<void> {
  await connection.run(
    `DELETE FROM ${internalTable("keys")}
     WHERE key IN (SELECT unnest(from_json($1::JSON, '["VARCHAR"]')))`,
    [JSON.stringify(keys)],
  );
}

async function insertBody(insert: DuckDBPreparedStatement, body: KeyedBody): Promise<void> {
  insert.bindVarchar(1, body.key);
  insert.bindVarchar(2, encode(body));
  await insert.run();
}

function encode({ covers, ...body }: KeyedBody): string {
  return JSON.stringify({ ...body, covers: covers.map(encodeCovered) });
}

function decode(text: string): KeyedBody {
  const body = object(JSON.parse(text));
  return {
    key: string(body["key"]),
    connector: connectorId(string(body["connector"])),
    bytes: number(body["bytes"]),
    digest: string(body["digest"]),
    rows: number(body["rows"]),
    records: number(body["records"]),
    errors: number(body["errors"]),
    covers: list(body["covers"]).map((each) => decodeCovered(object(each))),
    whole: body["whole"] === true,
    atMs: number(body["atMs"]),
  };
}

function encodeCovered({ spans, ...progress }: Covered): object {
  const all = spans?.map(({ partition, from, to }) => [partition, String(from), String(to)]);
  return { ...encodeProgress(progress), spans: all };
}

/** An earlier version stored no spans. */
function decodeCovered(entry: Readonly<Record<string, unknown>>): Covered {
  const spans = entry["spans"];
  const progress = decodeProgress(entry);
  return spans === undefined ? progress : { ...progress, spans: list(spans).map(decodeSpan) };
}

function decodeSpan(entry: unknown): Span {
  const [partition, from, to] = list(entry).map(string);
  if (partition === undefined || from === undefined || to === undefined) {
    throw new TypeError("a stored span is cut off");
  }
  return { partition, from: offset(BigInt(from)), to: offset(BigInt(to)) };
}
