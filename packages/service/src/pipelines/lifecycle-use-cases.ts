/** The lifecycle of pipelines: starting, pausing, stopping and clearing them. */

import { type Bootstrap } from "@tidemark/connector";

import { initialStandbyNotAllowed, unsupportedPipelineAction } from "../errors/lifecycle.ts";
import { type PipelineUseCases } from "../service.ts";
import { type ServiceOptions } from "../service-options.ts";
import { type Directory } from "./directory.ts";
import { type PipelineHost } from "./pipeline-host.ts";
import { clearing, dismissError, type Initial, setRuntime, start, stop } from "./transitions.ts";

type Lifecycle = Pick<
  PipelineUseCases,
  "start" | "stop" | "pause" | "resume" | "clear" | "dismissError"
>;

const DEFAULT_BOOTSTRAP: Bootstrap = { policy: "await_approval", silent: false, concurrent: false };

/** Binds the use cases to a directory. */
export function lifecycleUseCases(
  directory: Directory,
  { clock }: Pick<ServiceOptions, "clock">,
): Lifecycle {
  return {
    start: async (caller, name, options) => {
      const initial = initialStatus(options.initial);
      const { host, driver } = directory.entry(caller.tenant, name);
      if (initial === "Standby") throw initialStandbyNotAllowed();
      await host.update((record) =>
        start(record, initial, {
          bootstrap: options.bootstrap ?? DEFAULT_BOOTSTRAP,
          dismissError: options.dismissError,
          nowMs: clock.wallMs(),
        }),
      );
      void driver.kick();
    },
    stop: async (caller, name, { force }) => {
      const { host, driver } = directory.entry(caller.tenant, name);
      await host.update((record) => stop(record, clock.wallMs()));
      driver.interrupt({ force });
      void driver.kick();
    },
    pause: async (caller, name) =>
      setPaused(directory.entry(caller.tenant, name).host, "Paused", clock.wallMs()),
    resume: async (caller, name) =>
      setPaused(directory.entry(caller.tenant, name).host, "Running", clock.wallMs()),
    clear: async (caller, name) => {
      const { host, driver } = directory.entry(caller.tenant, name);
      await host.update(clearing);
      void driver.kick();
    },
    dismissError: async (caller, name) => {
      await directory.entry(caller.tenant, name).host.update(dismissError);
    },
  };
}

async function setPaused(
  host: PipelineHost,
  to: Initial,
  nowMs: number,
): Promise<{ readonly from: string; readonly to: string }> {
  let from = "";
  await host.update((record) => {
    host.ours(to === "Paused" ? "a pause" : "a resume");
    from = record.runtimeStatus ?? "Unavailable";
    return setRuntime(record, to, nowMs);
  });
  host.applyRuntime();
  return { from, to };
}

function initialStatus(initial: string): Initial | "Standby" {
  switch (initial) {
    case "running":
      return "Running";
    case "paused":
      return "Paused";
    case "standby":
      return "Standby";
    default:
      throw unsupportedPipelineAction(
        `/start?initial=${initial}`,
        `unknown initial runtime desired status: ${initial}`,
      );
  }
}
