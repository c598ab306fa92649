/** Pipelines: creating, reading, editing and deleting them. */

import { type PipelineDescriptor } from "@tidemark/connector";

import {
  cannotRenameNonExistingPipeline,
  deleteRestrictedToClearedStorage,
  deleteRestrictedToFullyStopped,
  duplicateName,
  tooManyPipelines,
} from "../errors/pipeline.ts";
import { latest } from "../latest.ts";
import { readLog } from "../logs/read-log.ts";
import { type Caller, type PipelineUseCases } from "../service.ts";
import { type Limits, type ServiceOptions } from "../service-options.ts";
import { type Directory, type Entry } from "./directory.ts";
import { born, descriptor, edited, patch } from "./edit.ts";
import { lifecycleUseCases } from "./lifecycle-use-cases.ts";
import { fullyStopped } from "./transitions.ts";

type Ports = Pick<ServiceOptions, "registry" | "clock" | "newId" | "platformVersion">;

/** Binds the use cases to a directory. */
export function pipelineUseCases(
  directory: Directory,
  ports: Ports,
  { maxPipelines }: Pick<Limits, "maxPipelines">,
): PipelineUseCases {
  const insertInto = (caller: Caller, from: PipelineDescriptor): Promise<Entry> => {
    if (directory.list(caller.tenant).length >= maxPipelines) throw tooManyPipelines(maxPipelines);
    return insert(directory, ports, caller, from);
  };
  const edit = async (entry: Entry, edits: Partial<PipelineDescriptor>): Promise<void> => {
    const from = entry.host.record.name;
    await entry.host.update((record) => edited(record, edits, ports.clock.wallMs()));
    if (entry.host.record.name !== from) directory.renamed(entry, from);
    void entry.driver.kick();
  };

  return {
    ...lifecycleUseCases(directory, ports),
    list: async (caller) => directory.list(caller.tenant).map(({ host }) => host.record),
    get: async (caller, name) => directory.entry(caller.tenant, name).host.record,
    create: async (caller, fields) => {
      const { host } = await insertInto(caller, descriptor(fields));
      return host.record;
    },
    replace: async (caller, name, fields) => {
      const whole = descriptor(fields);
      const found = directory.find(caller.tenant, name);
      if (found === undefined && whole.name !== name) throw cannotRenameNonExistingPipeline();
      if (found !== undefined) await edit(found, whole);
      const { host } = found ?? (await insertInto(caller, whole));
      return { created: found === undefined, record: host.record };
    },
    patch: async (caller, name, fields) => {
      const entry = directory.entry(caller.tenant, name);
      await edit(entry, patch(fields));
      return entry.host.record;
    },
    delete: async (caller, name) => {
      const entry = directory.entry(caller.tenant, name);
      await entry.host.delete((record) => {
        if (!fullyStopped(record)) throw deleteRestrictedToFullyStopped();
        if (record.storageStatus !== "Cleared") throw deleteRestrictedToClearedStorage();
      });
      directory.remove(entry);
    },
    logs: async (caller, name, request, options) =>
      readLog(directory.entry(caller.tenant, name).host.log, request, options),
    watch: (caller, name, { signal }) => {
      const { host } = directory.entry(caller.tenant, name);
      return latest({
        subscribe: (changed) => host.subscribe(changed),
        read: () => (host.deleted ? undefined : { value: host.record, last: false }),
        same: (before, now) => before === now,
        signal,
      });
    },
  };
}

async function insert(
  directory: Directory,
  ports: Ports,
  caller: Caller,
  from: PipelineDescriptor,
): Promise<Entry> {
  const record = born(from, {
    id: ports.newId(),
    tenant: caller.tenant,
    platformVersion: ports.platformVersion,
    nowMs: ports.clock.wallMs(),
  });
  if ((await ports.registry.insert(record)) === "taken") throw duplicateName();
  const entry = directory.add(record);
  void entry.driver.kick();
  return entry;
}
