/** API keys in memory, for tests. */

import { type ApiKeyRecord, type KeyStore } from "@tidemark/connector";

/** Keeps keys in memory. */
export class MemoryKeys implements KeyStore {
  readonly records: ApiKeyRecord[] = [];

  async list(tenant: string): Promise<readonly ApiKeyRecord[]> {
    return this.records.filter((record) => record.tenant === tenant);
  }

  async withDigest(digest: string): Promise<ApiKeyRecord | undefined> {
    return this.records.find((record) => record.digest === digest);
  }

  async insert(record: ApiKeyRecord): Promise<"inserted" | "taken"> {
    if (this.#at(record.tenant, record.name) >= 0) return "taken";
    this.records.push(record);
    return "inserted";
  }

  async remove(tenant: string, name: string): Promise<"removed" | "missing"> {
    const at = this.#at(tenant, name);
    if (at < 0) return "missing";
    this.records.splice(at, 1);
    return "removed";
  }

  #at(tenant: string, name: string): number {
    return this.records.findIndex((record) => record.tenant === tenant && record.name === name);
  }
}
