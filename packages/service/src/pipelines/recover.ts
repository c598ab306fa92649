/** Recovery: bringing every pipeline back to what its record desires when the server starts. */

import { type Limits, type ServiceOptions } from "../service-options.ts";
import { type Directory, type Entry } from "./directory.ts";
import { settlesWithin } from "./interrupt.ts";
import { recovered } from "./transitions.ts";

/** How recovery stands. */
export interface Recovery {
  /** Whether every pipeline was brought back, or tried in vain, or has had its time. */
  readonly over: boolean;
}

/** Loads all pipelines and has their drivers bring them back, in the background. */
export async function recover(
  directory: Directory,
  options: Pick<ServiceOptions, "registry" | "clock" | "scheduler" | "log">,
  limits: Pick<Limits, "recoveryMs">,
): Promise<Recovery> {
  const recovery = { over: false };
  const entries = (await options.registry.listAll()).map((record) => directory.add(record));
  const all = Promise.all(
    entries.map((entry) =>
      bringBack(entry, options.clock.wallMs()).catch((error: unknown) => {
        const pipeline = entry.host.record.name;
        entry.host.tell({ level: "error", message: "it was not recovered", error });
        options.log({ level: "error", message: "a pipeline was not recovered", pipeline, error });
      }),
    ),
  );
  void finish(recovery, settlesWithin(all, limits.recoveryMs, options.scheduler));
  return recovery;
}

async function finish(recovery: { over: boolean }, all: Promise<unknown>): Promise<void> {
  await all;
  recovery.over = true;
}

async function bringBack({ host, driver }: Entry, nowMs: number): Promise<void> {
  await host.update((record) => recovered(record, nowMs));
  await driver.kick();
}
