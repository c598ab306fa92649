/** Pending reasons: what holds up the progress of an input, in words. */

import { type PendingReason } from "@tidemark/core";

import { type Egress } from "./egress/egress.ts";
import { type Input } from "./input.ts";
import { type Output } from "./output.ts";

/** What the pipeline around an input is doing. */
export interface Surroundings {
  readonly paused: boolean;
  readonly outputs: readonly Output[];
  readonly egress: Pick<Egress, "reasons">;
  /** The last committed step. */
  readonly processed: bigint;
}

/**
 * Everything that holds up one input now, what is nearest to completion first; `holdup` is what its
 * source says.
 */
export function pendingReasons(
  input: Input,
  around: Surroundings,
  holdup: PendingReason | undefined,
): readonly PendingReason[] {
  const reasons = [...outputReasons(around)];
  if (!input.queue.isEmpty || input.inStep) {
    reasons.push({
      code: "processing",
      message: `records of connector '${input.endpoint}' are received and being processed`,
    });
  }
  const stopped = stopReason(input, around);
  if (stopped !== undefined) reasons.push(stopped);
  else if (holdup !== undefined) reasons.push(holdup);
  if (reasons.length > 0) return reasons;
  const { endpoint, trouble } = input;
  const waits = trouble === undefined ? "" : `: ${trouble}`;
  const message = input.endOfInput
    ? `connector '${endpoint}' is at its end of input and has received no more`
    : `connector '${endpoint}' has not received it yet${waits}`;
  return [{ code: "not-received", message }];
}

/** What outputs hold up. */
export function outputReasons(around: Surroundings): readonly PendingReason[] {
  const { outputs, egress, processed } = around;
  const waiting = outputs.filter((output) => output.taken < processed);
  return [
    ...waiting.map((output) => outputReason(output, processed)),
    ...egress.reasons(processed),
  ];
}

function outputReason(output: Output, processed: bigint): PendingReason {
  const { endpoint, taken, trouble } = output;
  if (output.paused) {
    const message = `output '${endpoint}' is paused: it has taken steps up to ${taken} of ${processed}`;
    return { code: "connector-paused", message };
  }
  if (output.isHoldingBack) {
    const message = `output '${endpoint}' holds back changes since step ${taken + 1n} in its output buffer`;
    return { code: "output-buffering", message };
  }
  return trouble === undefined
    ? {
        code: "output-waiting",
        message: `output '${endpoint}' has taken steps up to ${taken} of ${processed}`,
      }
    : {
        code: "output-failing",
        message: `output '${endpoint}' fails at step ${taken + 1n} and is retried: ${trouble}`,
      };
}

function stopReason(input: Input, { paused }: Surroundings): PendingReason | undefined {
  const { endpoint } = input;
  if (input.fatalError !== undefined) {
    return {
      code: "connector-failed",
      message: `connector '${endpoint}' has failed: ${input.fatalError}`,
    };
  }
  if (input.refusal !== undefined) {
    return {
      code: "connector-rejected",
      message:
        `connector '${endpoint}' has stopped before a rejected record: ${input.refusal}; ` +
        "correct it at its source, or start the connector with skip_rejected=true to go on behind it",
    };
  }
  if (input.endOfInput) return undefined;
  if (input.waitingFor.length > 0) {
    const labels = input.waitingFor.map((label) => `'${label}'`).join(", ");
    return {
      code: "connector-waiting",
      message: `connector '${endpoint}' waits for the connectors labelled ${labels}`,
    };
  }
  if (input.pausedByUser) {
    return { code: "connector-paused", message: `connector '${endpoint}' is paused` };
  }
  if (paused) {
    return {
      code: "pipeline-paused",
      message: `the pipeline is paused, so connector '${endpoint}' receives nothing`,
    };
  }
  return undefined;
}
