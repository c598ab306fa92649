/** The status of several tokens at once. */

import { type Service } from "@tidemark/service";
import { z } from "zod";

import { json } from "./answer.ts";
import { type Operation, operation } from "./operation.ts";
import { optionalText } from "./params.ts";
import { APPLIED, grantedWait, type WaitLimits } from "./prefer.ts";
import { SEVERAL_RESPONSE, TOKENS } from "./schemas/token-schemas.ts";
import { severalJson, statusAnswer } from "./status-json.ts";

/** The operation that checks several tokens, or waits for all or any of them. */
export function checkSeveral(service: Service, limits: WaitLimits): Operation {
  return operation({
    id: "completion_status_of_several",
    method: "POST",
    path: "/v0/pipelines/{pipeline_name}/completion_status",
    role: "read",
    access: "gated",
    tag: "Input Connectors",
    summary: "Check several completion tokens, or wait for them",
    description:
      "Tells the status of each, and of all or any of them together. Lost tokens are told beside the others; only where they settle it (one with `all`, every one with `any`) it fails as for the first of them, with all outcomes in `details.tokens`.",
    takes: {
      headers: z.object({
        Prefer: optionalText(
          "`wait=N`: answers once all (or any) are complete, or after N seconds with what remains; `wait=0` checks now.",
        ),
      }),
      body: SEVERAL,
    },
    answers: {
      200: { description: "Complete together.", json: SEVERAL_RESPONSE, headers: APPLIED },
      202: { description: "Not complete yet.", json: SEVERAL_RESPONSE, headers: APPLIED },
    },
    errors: [
      "PipelineRestarted",
      "UnknownEndpointInCompletionToken",
      "CompletionTokenLost",
      "TooManyWaiters",
    ],
    async run(call, { headers, body: { tokens, mode } }) {
      const seconds = grantedWait(limits, headers.Prefer);
      const options = { mode, signal: call.signal, timeoutMs: (seconds ?? 0) * 1000 };
      const pipeline = call.param("pipeline_name");
      const status = await service.tokens.checkSeveral(call.caller, pipeline, tokens, options);
      return json(severalJson(status), statusAnswer(status, seconds));
    },
  });
}

const SEVERAL = z
  .object(
    {
      tokens: TOKENS,
      mode: z
        .enum(["all", "any"], { error: "must be 'all' or 'any'" })
        .default("all")
        .describe("Whether all have to be complete, or one is enough."),
    },
    { error: "must be an object" },
  )
  .meta({ id: "CompletionTokens", description: "Several completion tokens of one pipeline." });
