/** The directory of pipelines: every host with its driver, by tenant and name. */

import { type PipelineRecord } from "@tidemark/connector";

import { unknownPipelineName } from "../errors/interaction.ts";
import { type Limits, type ServiceOptions } from "../service-options.ts";
import { PipelineDriver } from "./pipeline-driver.ts";
import { PipelineHost } from "./pipeline-host.ts";

/** A pipeline as the directory keeps it. */
export interface Entry {
  readonly host: PipelineHost;
  readonly driver: PipelineDriver;
}

/** All pipelines that there are. */
export class Directory {
  readonly #options: ServiceOptions;
  readonly #limits: Limits;
  readonly #tenants = new Map<string, Map<string, Entry>>();

  constructor(options: ServiceOptions, limits: Limits) {
    this.#options = options;
    this.#limits = limits;
  }

  /** Takes in a record that the registry holds. */
  add(record: PipelineRecord): Entry {
    const host = new PipelineHost(record, this.#options);
    const entry = { host, driver: new PipelineDriver(host, this.#options, this.#limits) };
    this.#names(record.tenant).set(record.name, entry);
    host.tell({ level: "info", message: "the log begins" });
    return entry;
  }

  /** The pipeline of that name; throws where there is none. */
  entry(tenant: string, name: string): Entry {
    const entry = this.find(tenant, name);
    if (entry === undefined) throw unknownPipelineName(name);
    return entry;
  }

  /** The pipeline of that name, where there is one. */
  find(tenant: string, name: string): Entry | undefined {
    return this.#tenants.get(tenant)?.get(name);
  }

  /** A tenant's pipelines, oldest first. */
  list(tenant: string): readonly Entry[] {
    return [...this.#names(tenant).values()].toSorted((a, b) =>
      a.host.record.id < b.host.record.id ? -1 : 1,
    );
  }

  /** All tenants' pipelines. */
  all(): readonly Entry[] {
    return [...this.#tenants.values()].flatMap((names) => [...names.values()]);
  }

  /** Follows a rename. */
  renamed(entry: Entry, from: string): void {
    const { tenant, name } = entry.host.record;
    const names = this.#names(tenant);
    if (names.get(from) === entry) names.delete(from);
    names.set(name, entry);
  }

  /** Forgets a pipeline that was deleted. */
  remove(entry: Entry): void {
    const { tenant, name } = entry.host.record;
    this.#names(tenant).delete(name);
  }

  #names(tenant: string): Map<string, Entry> {
    const names = this.#tenants.get(tenant) ?? new Map<string, Entry>();
    this.#tenants.set(tenant, names);
    return names;
  }
}
