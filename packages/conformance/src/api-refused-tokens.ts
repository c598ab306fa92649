/** Texts that are no tokens, or none of the pipeline's. */

import { createHmac } from "node:crypto";

import {
  type Claim,
  connectorId,
  encodeToken,
  frontier,
  incarnation,
  type Sealer,
} from "@tidemark/core";

import { type Refusal, type Refusing } from "./api-refusal.ts";

function notAToken(title: string, text: (on: Refusing) => string): readonly Refusal[] {
  const expected = {
    reason: "InvalidParam",
    like: /^Invalid parameter: invalid completion token: .+\.$/su,
  };
  return [
    { title: `check ${title}`, call: (face, on) => face.check(on.running, text(on)), ...expected },
    {
      title: `wait for ${title}`,
      call: (face, on) => face.wait(on.running, text(on), 60),
      ...expected,
    },
    { title: `join ${title}`, call: (face, on) => face.join(on.running, [text(on)]), ...expected },
  ];
}

/** Every call that takes a token refuses them. */
export const REFUSED_TOKENS: readonly Refusal[] = [
  ...notAToken("an empty token", () => ""),
  ...notAToken("a word", () => "token"),
  ...notAToken("a token without a body", () => "ct1_"),
  ...notAToken("a token of another version", ({ token }) => token.replace("ct1_", "ct2_")),
  ...notAToken("a token with blanks", ({ token }) => ` ${token}`),
  ...notAToken("a token in the standard alphabet", ({ token }) => `${token.slice(0, -4)}+/+/`),
  ...notAToken("a truncated token", ({ token }) => token.slice(0, -5)),
  ...notAToken("a lengthened token", ({ token }) => `${token}AAAA`),
  ...notAToken("a tampered token", ({ token }) => tampered(token, 12)),
  ...notAToken("a token with a tampered seal", ({ token }) => tampered(token, token.length - 6)),
  ...notAToken("a token of another server", ({ runningId }) => foreignToken(runningId)),
  ...notAToken("a token of other characters", () => "ct1_日本語"),
  {
    title: "join a token of a megabyte",
    call: (face, { running }) => face.join(running, [`ct1_${"A".repeat(1_000_000)}`]),
    reason: "InvalidParam",
    like: /^Invalid parameter: invalid completion token: /u,
  },
  {
    title: "join no tokens",
    call: (face, { running }) => face.join(running, []),
    reason: "InvalidParam",
  },
  {
    title: "check a token of another pipeline",
    call: (face, { running, otherToken }) => face.check(running, otherToken),
    reason: "PipelineRestarted",
    like: /^Completion token was created by a previous incarnation of the pipeline /u,
  },
  {
    title: "join tokens of two pipelines",
    call: (face, { running, token, otherToken }) => face.join(running, [token, otherToken]),
    reason: "PipelineRestarted",
  },
];

function tampered(token: string, at: number): string {
  const other = token[at] === "A" ? "B" : "A";
  return token.slice(0, at) + other + token.slice(at + 1);
}

/** Well formed, but sealed with a key that only this function has. */
function foreignToken(pipeline: string): string {
  const sealer: Sealer = {
    currentKeyId: 0,
    mac: (_, body) => createHmac("sha256", "another server").update(body).digest().subarray(0, 16),
  };
  const claim: Claim = {
    connector: connectorId("c"),
    incarnation: incarnation("i"),
    frontier: frontier([["0", 1n]]),
    level: "delivered",
  };
  return encodeToken({ pipeline, claims: [claim] }, sealer);
}
