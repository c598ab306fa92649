/** Tokens: issuing, checking, waiting for, watching and joining them. */

import { encodeToken, joinTokens, type Sealer } from "@tidemark/core";

import { invalidParam } from "../errors/token.ts";
import { type InputKeys } from "../find-connector.ts";
import { type Directory } from "../pipelines/directory.ts";
import { type Caller, type TokenUseCases } from "../service.ts";
import { type Limits, type Scheduler } from "../service-options.ts";
import { checkSeveral } from "./check-several.ts";
import { readSeveral, requireNumber } from "./read-several.ts";
import { readToken } from "./read-token.ts";
import { RecentTokens } from "./recent-tokens.ts";
import { type Judged, refreshed } from "./judged.ts";
import { tokenPosition } from "./token-position.ts";
import { tokenStatus } from "./token-status.ts";
import { type Waits } from "./wait.ts";
import { watchToken } from "./watch.ts";

/** What the token use cases work on. */
export interface TokenPorts {
  readonly directory: Directory;
  readonly inputs: InputKeys;
  readonly waits: Waits;
  readonly sealer: Sealer;
  readonly scheduler: Scheduler;
  readonly limits: Pick<Limits, "maxTokenLength" | "maxJoinedTokens">;
}

const NEVER = new AbortController().signal;

/** Binds the use cases to what they work on. */
export function tokenUseCases(ports: TokenPorts): TokenUseCases {
  const { directory, sealer, limits } = ports;
  const reading = { sealer, maxTokenLength: limits.maxTokenLength };
  const recent = new RecentTokens();

  function judged(caller: Caller, pipeline: string, text: string): Judged {
    const { host } = directory.entry(caller.tenant, pipeline);
    const running = host.gate();
    const { claims } = readToken(text, host.record.id, reading);
    return { pipeline, running, claims };
  }

  return {
    issue: async (caller, address, options) => {
      const { host } = directory.entry(caller.tenant, address.pipeline);
      const running = host.gate();
      const { id, level } = ports.inputs.find(host, running, address);
      const position = await tokenPosition(running, id, { address, ...options });
      return recent.of(running, id, position, () => {
        const { incarnation, frontier } = position;
        const claim = { connector: id, incarnation, frontier, level };
        return encodeToken({ pipeline: host.record.id, claims: [claim] }, sealer);
      });
    },
    check: async (caller, pipeline, text, options) => {
      const at = judged(caller, pipeline, text);
      if (at.running.refresh !== undefined) await refreshed(at, options?.signal ?? NEVER);
      return tokenStatus(at.running.board.judge(at.claims), at);
    },
    wait: async (caller, pipeline, text, options) =>
      ports.waits.wait(judged(caller, pipeline, text), options),
    watch: (caller, pipeline, text, { signal }) =>
      watchToken(judged(caller, pipeline, text), ports, signal),
    checkSeveral: async (caller, pipeline, texts, options) => {
      const { host } = directory.entry(caller.tenant, pipeline);
      const running = host.gate();
      requireNumber(texts, limits.maxJoinedTokens, "check");
      const at = { pipeline, running };
      return checkSeveral(readSeveral(texts, at, host.record.id, reading), ports.waits, options);
    },
    join: async (caller, pipeline, texts) => {
      const { host } = directory.entry(caller.tenant, pipeline);
      host.gate();
      requireNumber(texts, limits.maxJoinedTokens, "join");
      const tokens = texts.map((text) => readToken(text, host.record.id, reading));
      const joined = encodeToken(joinTokens(tokens), sealer);
      if (joined.length > limits.maxTokenLength) {
        throw invalidParam(
          `the joined token would have ${joined.length} characters; the most allowed is ${limits.maxTokenLength}`,
        );
      }
      return joined;
    },
  };
}
