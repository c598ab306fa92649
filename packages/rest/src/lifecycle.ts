/** Lifecycle actions: start, stop, pause, resume, clear, dismiss_error, activate. */

import {
  enterpriseFeature,
  invalidBootstrapConfig,
  type Reason,
  type Service,
} from "@tidemark/service";
import { z } from "zod";

import { type Answer, json } from "./answer.ts";
import { type Operation, operation, type OperationDescription } from "./operation.ts";
import { choice, described, flag, optionalText } from "./params.ts";

/** The operations that take a pipeline from one state to another. */
export function lifecycleOperations(service: Service): readonly Operation[] {
  return [
    start(service),
    stop(service),
    ...pauseAndResume(service),
    ...afterwards(service),
    operation({
      ...action("activate"),
      summary: "Activate a standby pipeline",
      description: "Not offered: there are no standby pipelines here.",
      takes: { query: z.object({ initial: optionalText("What it is to do then.") }) },
      answers: {},
      errors: ["EnterpriseFeature"],
      run() {
        throw enterpriseFeature("start from object store");
      },
    }),
  ];
}

function start(service: Service): Operation {
  return operation({
    ...action("start"),
    summary: "Start a pipeline",
    description:
      "Answers at once; the pipeline's `deployment_status` tells when it runs. Its inputs resume where its last commit left them.",
    takes: { query: START },
    answers: ACCEPTED,
    errors: START_ERRORS,
    async run(call, { query }) {
      if (query.silent_bootstrap && query.concurrent_bootstrap) {
        throw invalidBootstrapConfig(
          "silent_bootstrap and concurrent_bootstrap exclude each other",
        );
      }
      await service.pipelines.start(call.caller, call.param("pipeline_name"), {
        initial: query.initial,
        dismissError: query.dismiss_error,
        bootstrap: {
          policy: query.bootstrap_policy,
          silent: query.silent_bootstrap,
          concurrent: query.concurrent_bootstrap,
        },
      });
      return accepted("Pipeline is starting");
    },
  });
}

const START = z.object({
  initial: described(
    z.string().default("running"),
    "`running`, or `paused`: inputs wait until it is resumed.",
  ),
  bootstrap_policy: choice("Without effect: nothing is ever bootstrapped.", [
    "await_approval",
    "allow",
    "reject",
  ]),
  silent_bootstrap: flag("Without effect: nothing is ever bootstrapped."),
  concurrent_bootstrap: flag("Without effect: nothing is ever bootstrapped."),
  dismiss_error: flag("Whether the last deployment's error is dismissed.", true),
});

const START_ERRORS: readonly Reason[] = [
  "UnknownPipelineName",
  "UnsupportedPipelineAction",
  "InvalidBootstrapConfig",
  "IllegalPipelineAction",
  "CannotStartWithUndismissedError",
  "CannotStartWhileClearingStorage",
  "CannotStartWithCompilationError",
  "InitialImmutableUnlessStopped",
  "BootstrapPolicyImmutableUnlessStopped",
  "InitialStandbyNotAllowed",
];

function stop(service: Service): Operation {
  return operation({
    ...action("stop"),
    summary: "Stop a pipeline",
    description:
      "Answers at once; the pipeline's `deployment_status` tells when it has stopped. Its data and its progress stay.",
    takes: {
      query: z.object({
        force: flag("Stop at once, instead of after everything received is processed."),
      }),
    },
    answers: ACCEPTED,
    errors: ["UnknownPipelineName"],
    async run(call, { query: { force } }) {
      await service.pipelines.stop(call.caller, call.param("pipeline_name"), { force });
      return accepted(force ? "Pipeline is forcefully stopping" : "Pipeline is suspending");
    },
  });
}

function pauseAndResume({ pipelines }: Service): readonly Operation[] {
  return [
    operation({
      ...action("pause"),
      access: "gated",
      summary: "Pause a pipeline",
      description: "All inputs pause; what was received is still processed.",
      takes: {},
      answers: ACCEPTED,
      errors: ["ExternalEngine"],
      run: async (call) =>
        transition(await pipelines.pause(call.caller, call.param("pipeline_name"))),
    }),
    operation({
      ...action("resume"),
      access: "gated",
      summary: "Resume a paused pipeline",
      description: "Its inputs go on, except those that were paused one by one.",
      takes: {},
      answers: ACCEPTED,
      errors: ["ExternalEngine"],
      run: async (call) =>
        transition(await pipelines.resume(call.caller, call.param("pipeline_name"))),
    }),
  ];
}

function afterwards({ pipelines }: Service): readonly Operation[] {
  return [
    operation({
      ...action("clear"),
      summary: "Clear a stopped pipeline's storage",
      description:
        "Removes its data and its progress; tokens from before can't be judged any more. Answers at once; `storage_status` tells when it is done.",
      takes: {},
      answers: ACCEPTED,
      errors: ["UnknownPipelineName", "StorageStatusImmutableUnlessStopped"],
      async run(call) {
        await pipelines.clear(call.caller, call.param("pipeline_name"));
        return accepted("Pipeline storage is being cleared");
      },
    }),
    operation({
      ...action("dismiss_error"),
      summary: "Dismiss the deployment error",
      description: "Forgets the `deployment_error` of a stopped pipeline.",
      takes: {},
      answers: { 200: { description: "It is dismissed.", json: z.string() } },
      errors: ["UnknownPipelineName", "DismissErrorRestrictedToFullyStopped"],
      async run(call) {
        await pipelines.dismissError(call.caller, call.param("pipeline_name"));
        return json("Pipeline deployment error has been dismissed");
      },
    }),
  ];
}

const ACCEPTED: OperationDescription["answers"] = {
  202: { description: "It has begun; the text says what.", json: z.string() },
};

function action(
  name: string,
): Pick<OperationDescription, "id" | "method" | "path" | "role" | "tag"> {
  return {
    id: `post_pipeline_${name}`,
    method: "POST",
    path: `/v0/pipelines/{pipeline_name}/${name}`,
    role: "write",
    tag: "Pipeline Lifecycle",
  };
}

function transition(states: { readonly from: string; readonly to: string }): Answer {
  return accepted(`Pipeline transitioning from ${states.from} to ${states.to}`);
}

function accepted(text: string): Answer {
  return json(text, { status: 202 });
}
