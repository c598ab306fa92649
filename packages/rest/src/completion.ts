/** Completion tokens: issue, check, wait, join. */

import {
  type JsonObject,
  type RemainingPart,
  type Service,
  type TokenStatus,
} from "@tidemark/service";
import { z } from "zod";

import { type Answer, json } from "./answer.ts";
import { INPUT_PATH, inputAddress } from "./connectors.ts";
import { type Operation, operation } from "./operation.ts";
import { optionalChoice, optionalText, text } from "./params.ts";
import { preferredWait } from "./prefer.ts";
import { STATUS_RESPONSE, TOKEN_RESPONSE } from "./schemas/token-schemas.ts";

/** What is configured of waiting. */
export interface CompletionLimits {
  /** A longer `Prefer: wait` is cut to this. */
  readonly maximumWaitSeconds: number;
}

/** The operations on tokens. */
export function completionOperations(
  service: Service,
  limits: CompletionLimits,
): readonly Operation[] {
  return [issue(service), check(service, limits), join(service)];
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

function check(service: Service, limits: CompletionLimits): Operation {
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
          "`wait=N`: answers once the token is complete, or after N seconds with what remains.",
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
      const asked = preferredWait(headers.Prefer);
      if (asked === undefined) {
        return statusAnswer(await service.tokens.check(call.caller, pipeline, token, call), {});
      }
      const seconds = Math.min(asked, limits.maximumWaitSeconds);
      const options = { signal: call.signal, timeoutMs: seconds * 1000 };
      const waited = await service.tokens.wait(call.caller, pipeline, token, options);
      return statusAnswer(waited, { "Preference-Applied": `wait=${seconds}` });
    },
  });
}

const APPLIED = { "Preference-Applied": "How long the wait was, where one was asked for." };

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

const NOT_STORED = { "Cache-Control": "no-store" };

const JOIN = z
  .object(
    {
      tokens: z.array(z.string({ error: "must be a string" }), {
        error: "must be an array of completion tokens",
      }),
    },
    { error: "must be an object" },
  )
  .meta({ id: "JoinRequest", description: "The tokens to join." });

/** What remains of one connector's input. */
function partJson(part: RemainingPart): JsonObject {
  return {
    connector: part.connector,
    level: part.level,
    partitions: Object.fromEntries(
      [...part.partitions].map(([partition, offsets]) => [partition, Number(offsets)]),
    ),
    remaining: Number(part.remaining),
    per_second: part.perSecond ?? null,
    estimated_seconds: part.estimatedSeconds ?? null,
  };
}

function statusAnswer(status: TokenStatus, headers: Readonly<Record<string, string>>): Answer {
  const reasons = status.verdict.kind === "pending" ? status.verdict.reasons : [];
  return json(
    {
      status: status.status,
      step: status.step === undefined ? null : Number(status.step),
      remaining: Number(status.remaining),
      reason: reasons.length === 0 ? null : reasons.map(({ message }) => message).join("; "),
      reasons: reasons.map(({ code, message }) => ({ code, message })),
      parts: status.parts.map(partJson),
    },
    {
      status: status.status === "complete" ? 200 : 202,
      headers: { ...NOT_STORED, Vary: "Prefer", ...headers },
    },
  );
}
