/** A registry in memory, for tests; it outlives being disposed, as a file would. */

import { type PipelineRecord, type Registry } from "@tidemark/connector";

import { MemoryKeys } from "./memory-keys.ts";

/** Keeps records in memory. `failing` makes every write fail. */
export class MemoryRegistry implements Registry {
  readonly records: Map<string, PipelineRecord> = new Map();
  failing = false;
  readonly keys: MemoryKeys = new MemoryKeys();

  /** What a crash at this moment leaves behind. */
  copy(): MemoryRegistry {
    const copy = new MemoryRegistry();
    for (const [id, record] of this.records) copy.records.set(id, record);
    copy.keys.records.push(...this.keys.records);
    return copy;
  }

  async hasTenant(tenant: string): Promise<boolean> {
    const all = [...this.records.values(), ...this.keys.records];
    return all.some((record) => record.tenant === tenant);
  }

  async list(tenant: string): Promise<readonly PipelineRecord[]> {
    return [...this.records.values()].filter((record) => record.tenant === tenant);
  }

  async listAll(): Promise<readonly PipelineRecord[]> {
    return [...this.records.values()];
  }

  async find(tenant: string, name: string): Promise<PipelineRecord | undefined> {
    return (await this.list(tenant)).find((record) => record.name === name);
  }

  async insert(record: PipelineRecord): Promise<"inserted" | "taken"> {
    this.#mayFail();
    if (this.#taken(record)) return "taken";
    this.records.set(record.id, record);
    return "inserted";
  }

  async replace(
    record: PipelineRecord,
    expected: number,
  ): Promise<"replaced" | "taken" | "conflict"> {
    this.#mayFail();
    if (this.records.get(record.id)?.refreshVersion !== expected) return "conflict";
    if (this.#taken(record)) return "taken";
    this.records.set(record.id, record);
    return "replaced";
  }

  async remove(id: string, expected: number): Promise<"removed" | "conflict"> {
    this.#mayFail();
    if (this.records.get(id)?.refreshVersion !== expected) return "conflict";
    this.records.delete(id);
    return "removed";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
  }

  #taken({ id, tenant, name }: PipelineRecord): boolean {
    return [...this.records.values()].some(
      (other) => other.tenant === tenant && other.name === name && other.id !== id,
    );
  }

  #mayFail(): void {
    if (this.failing) throw new Error("the disk is full");
  }
}
