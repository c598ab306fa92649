/** API keys in the registry's SQLite file. */

import { type DatabaseSync, type SQLOutputValue } from "node:sqlite";

import { type ApiKeyRecord, type KeyStore } from "@tidemark/connector";

import { RegistryError } from "./registry-error.ts";

const COLUMNS = "id, tenant, name, role, digest, created_at_ms";

/** The keys in an opened file. */
export function sqliteKeys(db: DatabaseSync): KeyStore {
  const ofTenant = db.prepare(`SELECT ${COLUMNS} FROM api_key WHERE tenant = ? ORDER BY seq`);
  const known = db.prepare(`SELECT ${COLUMNS} FROM api_key WHERE digest = ?`);
  const insertion = db.prepare(
    `INSERT INTO api_key (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, name) DO NOTHING`,
  );
  const removal = db.prepare("DELETE FROM api_key WHERE tenant = ? AND name = ?");
  return {
    list: async (tenant) => ofTenant.all(tenant).map(recordIn),
    withDigest: async (digest) => {
      const row = known.get(digest);
      return row === undefined ? undefined : recordIn(row);
    },
    insert: async ({ id, tenant, name, role, digest, createdAtMs }) => {
      const { changes } = insertion.run(id, tenant, name, role, digest, createdAtMs);
      return changes === 1 ? "inserted" : "taken";
    },
    remove: async (tenant, name) =>
      removal.run(tenant, name).changes === 1 ? "removed" : "missing",
  };
}

function recordIn(row: Record<string, SQLOutputValue>): ApiKeyRecord {
  const role = text(row, "role");
  if (role !== "read" && role !== "write") throw new RegistryError("an API key has no known role");
  return {
    id: text(row, "id"),
    tenant: text(row, "tenant"),
    name: text(row, "name"),
    role,
    digest: text(row, "digest"),
    createdAtMs: Number(row["created_at_ms"]),
  };
}

function text(row: Record<string, SQLOutputValue>, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new RegistryError(`an API key's ${column} is not a text`);
  return value;
}
