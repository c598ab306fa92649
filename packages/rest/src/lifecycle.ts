/** Lifecycle actions: start, stop, pause, resume, clear, dismiss_error, activate. */

import { enterpriseFeature, invalidBootstrapConfig, type Service } from "@tidemark/service";

import { type Answer, json } from "./answer.ts";
import { type Call, type Operation } from "./operation.ts";
import { choiceParam, flagParam, optionalParam } from "./query-params.ts";

/** The operations that take a pipeline from one state to another. */
export function lifecycleOperations(service: Service): readonly Operation[] {
  const { pipelines } = service;
  return [
    action("start", (call) => start(service, call)),
    action("stop", async (call, name) => {
      const force = flagParam(call.query(), "force");
      await pipelines.stop(call.caller, name, { force });
      return accepted(force ? "Pipeline is forcefully stopping" : "Pipeline is suspending");
    }),
    {
      ...action("pause", async (call, name) =>
        transition(await pipelines.pause(call.caller, name)),
      ),
      access: "gated",
    },
    {
      ...action("resume", async (call, name) =>
        transition(await pipelines.resume(call.caller, name)),
      ),
      access: "gated",
    },
    action("clear", async (call, name) => {
      await pipelines.clear(call.caller, name);
      return accepted("Pipeline storage is being cleared");
    }),
    action("dismiss_error", async (call, name) => {
      await pipelines.dismissError(call.caller, name);
      return json("Pipeline deployment error has been dismissed");
    }),
    action("activate", () => {
      throw enterpriseFeature("start from object store");
    }),
  ];
}

async function start(service: Service, call: Call): Promise<Answer> {
  const query = call.query();
  const policy = choiceParam(query, "bootstrap_policy", ["await_approval", "allow", "reject"]);
  const silent = flagParam(query, "silent_bootstrap");
  const concurrent = flagParam(query, "concurrent_bootstrap");
  if (silent && concurrent) {
    throw invalidBootstrapConfig("silent_bootstrap and concurrent_bootstrap exclude each other");
  }
  await service.pipelines.start(call.caller, call.param("pipeline_name"), {
    initial: optionalParam(query, "initial") ?? "running",
    dismissError: flagParam(query, "dismiss_error", true),
    bootstrap: { policy, silent, concurrent },
  });
  return accepted("Pipeline is starting");
}

function action(name: string, run: (call: Call, pipeline: string) => Promise<Answer>): Operation {
  return {
    method: "POST",
    path: `/v0/pipelines/:pipeline_name/${name}`,
    role: "write",
    run: (call) => run(call, call.param("pipeline_name")),
  };
}

function transition(states: { readonly from: string; readonly to: string }): Answer {
  return accepted(`Pipeline transitioning from ${states.from} to ${states.to}`);
}

function accepted(text: string): Answer {
  return json(text, { status: 202 });
}
