/** A registry in one SQLite file. */

import { type DatabaseSync, type SQLOutputValue } from "node:sqlite";

import { type PipelineRecord, type Registry } from "@tidemark/connector";

import { openDatabase } from "./open-database.ts";
import { decodeRecord, encodeRecord } from "./record-codec.ts";
import { RegistryError } from "./registry-error.ts";
import { sqliteKeys } from "./sqlite-keys.ts";

/**
 * Opens the registry in a file, which is created if need be; its directory must be there. The file
 * belongs to one process at a time. Throws `RegistryError` where it can't be used.
 */
export async function openSqliteRegistry(path: string): Promise<Registry> {
  const db = openDatabase(path);
  const all = db.prepare("SELECT document FROM pipeline ORDER BY seq");
  const ofTenant = db.prepare("SELECT document FROM pipeline WHERE tenant = ? ORDER BY seq");
  const named = db.prepare("SELECT document FROM pipeline WHERE tenant = ? AND name = ?");
  const removal = db.prepare("DELETE FROM pipeline WHERE id = ? AND refresh_version = ?");
  const tenants = db.prepare(
    `SELECT EXISTS (SELECT 1 FROM pipeline WHERE tenant = :tenant)
         OR EXISTS (SELECT 1 FROM api_key WHERE tenant = :tenant) AS there`,
  );
  return {
    keys: sqliteKeys(db),
    hasTenant: async (tenant) => tenants.get({ tenant })?.["there"] === 1,
    list: async (tenant) => ofTenant.all(tenant).map(recordIn),
    listAll: async () => all.all().map(recordIn),
    find: async (tenant, name) => {
      const row = named.get(tenant, name);
      return row === undefined ? undefined : recordIn(row);
    },
    insert: async (record) => insert(db, record),
    replace: async (record, expected) => replace(db, record, expected),
    remove: async (id, expected) =>
      removal.run(id, expected).changes === 1 ? "removed" : "conflict",
    async [Symbol.asyncDispose]() {
      if (db.isOpen) db.close();
    },
  };
}

function insert(db: DatabaseSync, record: PipelineRecord): "inserted" | "taken" {
  const { id, tenant, name, refreshVersion } = record;
  const { changes } = db
    .prepare(
      `INSERT INTO pipeline (id, tenant, name, refresh_version, document) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (tenant, name) DO NOTHING`,
    )
    .run(id, tenant, name, refreshVersion, encodeRecord(record));
  return changes === 1 ? "inserted" : "taken";
}

function replace(
  db: DatabaseSync,
  record: PipelineRecord,
  expected: number,
): "replaced" | "taken" | "conflict" {
  const { id, tenant, name, refreshVersion } = record;
  const { changes } = db
    .prepare(
      `UPDATE OR IGNORE pipeline SET name = ?, refresh_version = ?, document = ?
       WHERE id = ? AND refresh_version = ?`,
    )
    .run(name, refreshVersion, encodeRecord(record), id, expected);
  if (changes === 1) return "replaced";
  const owner = db
    .prepare("SELECT id FROM pipeline WHERE tenant = ? AND name = ? AND id <> ?")
    .get(tenant, name, id);
  const current = db
    .prepare("SELECT 1 FROM pipeline WHERE id = ? AND refresh_version = ?")
    .get(id, expected);
  return current !== undefined && owner !== undefined ? "taken" : "conflict";
}

function recordIn(row: Record<string, SQLOutputValue>): PipelineRecord {
  const document = row["document"];
  if (typeof document !== "string") throw new RegistryError("a record's document is not a text");
  return decodeRecord(document);
}
