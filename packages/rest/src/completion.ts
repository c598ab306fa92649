/** Completion tokens: issue, check, wait, join. */

import { type Service, type TokenStatus } from "@tidemark/service";
import { z } from "zod";

import { type Answer, json } from "./answer.ts";
import { INPUT_PATH, inputAddress } from "./connectors.ts";
import { readJson } from "./json-body.ts";
import { type Call, type Operation } from "./operation.ts";
import { preferredWait } from "./prefer.ts";
import { choiceParam, requiredParam } from "./query-params.ts";

/** What is configured of waiting and joining. */
export interface CompletionLimits {
  readonly maximumJsonBytes: number;
  /** A longer `Prefer: wait` is cut to this. */
  readonly maximumWaitSeconds: number;
}

/** The operations on tokens. */
export function completionOperations(
  service: Service,
  limits: CompletionLimits,
): readonly Operation[] {
  return [
    {
      method: "GET",
      path: `${INPUT_PATH}/completion_token`,
      role: "write",
      access: "gated",
      async run(call) {
        const basis = choiceParam(call.query(), "basis", ["received", "head"]);
        const { caller, signal } = call;
        const token = await service.tokens.issue(caller, inputAddress(call), { basis, signal });
        return json({ token }, { headers: NOT_STORED });
      },
    },
    {
      method: "GET",
      path: "/v0/pipelines/:pipeline_name/completion_status",
      role: "read",
      access: "gated",
      run: (call) => statusNow(service, limits, call),
    },
    {
      method: "POST",
      path: "/v0/pipelines/:pipeline_name/completion_tokens\\:join",
      role: "read",
      access: "gated",
      async run(call) {
        const { tokens } = await readJson(call.request, JOIN, limits.maximumJsonBytes);
        const token = await service.tokens.join(call.caller, call.param("pipeline_name"), tokens);
        return json({ token });
      },
    },
  ];
}

const NOT_STORED = { "Cache-Control": "no-store" };

const JOIN = z.object(
  {
    tokens: z.array(z.string({ error: "must be a string" }), {
      error: "must be an array of completion tokens",
    }),
  },
  { error: "must be an object" },
);

async function statusNow(service: Service, limits: CompletionLimits, call: Call): Promise<Answer> {
  const pipeline = call.param("pipeline_name");
  const token = requiredParam(call.query(), "token");
  const asked = preferredWait(call.request.headers["prefer"]);
  if (asked === undefined) {
    return statusAnswer(await service.tokens.check(call.caller, pipeline, token), {});
  }
  const seconds = Math.min(asked, limits.maximumWaitSeconds);
  const { signal } = call;
  const timeoutMs = seconds * 1000;
  return statusAnswer(
    await service.tokens.wait(call.caller, pipeline, token, { signal, timeoutMs }),
    { "Preference-Applied": `wait=${seconds}` },
  );
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
    },
    {
      status: status.status === "complete" ? 200 : 202,
      headers: { ...NOT_STORED, Vary: "Prefer", ...headers },
    },
  );
}
