/** Completion tokens: issue, check, wait, join. */

import { type Service } from "@tidemark/service";
import { z } from "zod";

import { json } from "./answer.ts";
import { checkSeveral } from "./completion-several.ts";
import { INPUT_PATH, inputAddress } from "./connectors.ts";
import { type Operation, operation } from "./operation.ts";
import { optionalChoice, optionalText, text } from "./params.ts";
import { APPLIED, grantedWait, type WaitLimits } from "./prefer.ts";
import { STATUS_RESPONSE, TOKEN_RESPONSE, TOKENS } from "./schemas/token-schemas.ts";
import { NOT_STORED, statusAnswer, statusJson } from "./status-json.ts";

/** The operations on tokens. */
export function completionOperations(service: Service, limits: WaitLimits): readonly Operation[] {
  return [issue(service), check(service, limits), checkSeveral(service, limits), join(service)];
}

function issue(service: Service): Operation {
  return operation({
    id: "completion_token",
    method: "GET",
    path: `${INPUT_PATH}/completion_token`,
    role: "write",
    access: "gated",
    tag: "Input Connectors",
    summary: "Issue a completion token",
    description:
      "The token stands for everything that the connector has received up to now. Issuing has no side effect.",
    takes: {
      query: z.object({
        basis: optionalChoice(
          "What it covers: what the connector has received (the default), or all that its source holds (the default where an external engine runs the pipeline).",
          ["received", "head"],
        ),
        receipt: optionalText(
          "What the source answered to a write: the token covers just that. Not together with `basis`.",
        ),
      }),
    },
    answers: { 200: { description: "The token.", json: TOKEN_RESPONSE } },
    errors: ["UnknownInputEndpoint", "ReceiptRefused"],
    async run(call, { query: { basis, receipt } }) {
      const { caller, signal } = call;
      const options = { basis, receipt, signal };
      const token = await service.tokens.issue(caller, inputAddress(call), options);
      return json({ token }, { headers: NOT_STORED });
    },
  });
}

function check(service: Service, limits: WaitLimits): Operation {
  return operation({
    id: "completion_status",
    method: "GET",
    path: "/v0/pipelines/{pipeline_name}/completion_status",
    role: "read",
    access: "gated",
    tag: "Input Connectors",
    summary: "Check a completion token, or wait for it",
    description:
      "Complete once all input that the token covers has been processed and all outputs have taken the changes.",
    takes: {
      query: z.object({ token: text("The token.") }),
      headers: z.object({
        Prefer: optionalText(
          "`wait=N`: answers once the token is complete, or after N seconds with what remains; `wait=0` checks now. What can't be understood is ignored, and only a wait that `Preference-Applied` tells of was granted.",
        ),
      }),
    },
    answers: {
      200: { description: "It is complete.", json: STATUS_RESPONSE, headers: APPLIED },
      202: { description: "It is not complete yet.", json: STATUS_RESPONSE, headers: APPLIED },
    },
    errors: [
      "PipelineRestarted",
      "UnknownEndpointInCompletionToken",
      "CompletionTokenLost",
      "TooManyWaiters",
    ],
    async run(call, { query: { token }, headers }) {
      const pipeline = call.param("pipeline_name");
      const seconds = grantedWait(limits, headers.Prefer);
      const { caller, signal } = call;
      const status =
        seconds === undefined
          ? await service.tokens.check(caller, pipeline, token, call)
          : await service.tokens.wait(caller, pipeline, token, {
              signal,
              timeoutMs: seconds * 1000,
            });
      return json(statusJson(status), statusAnswer(status, seconds));
    },
  });
}

function join(service: Service): Operation {
  return operation({
    id: "join_completion_tokens",
    method: "POST",
    path: "/v0/pipelines/{pipeline_name}/completion_tokens:join",
    role: "read",
    access: "gated",
    tag: "Input Connectors",
    summary: "Join completion tokens",
    description: "One token that is complete exactly when all of these are.",
    takes: { body: JOIN },
    answers: { 200: { description: "The joined token.", json: TOKEN_RESPONSE } },
    errors: ["PipelineRestarted"],
    async run(call, { body: { tokens } }) {
      const token = await service.tokens.join(call.caller, call.param("pipeline_name"), tokens);
      return json({ token });
    },
  });
}

const JOIN = z
  .object({ tokens: TOKENS }, { error: "must be an object" })
  .meta({ id: "JoinRequest", description: "The tokens to join." });
