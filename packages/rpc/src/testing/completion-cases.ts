/** The cases of the methods on tokens. */

import { type MethodCase } from "./method-case.ts";
import { COMPLETE_ANSWER, PENDING_ANSWER } from "./token-samples.ts";

const ADDRESS = { pipeline: "p", table: "T", connector: "c" };
const ASKED_ADDRESS = { pipeline: "p", relation: "T", connector: "c" };
const WATCHED = { pipeline: "p", token: "ct1_x" };

/** The cases. */
export const COMPLETION_CASES: readonly MethodCase[] = [
  {
    method: "CompletionService/GenerateToken",
    request: { ...ADDRESS, basis: "BASIS_HEAD" },
    asked: ["issue", ASKED_ADDRESS, { basis: "head", receipt: undefined }],
    answers: [{ token: "ct1_x" }],
  },
  {
    method: "CompletionService/GenerateToken",
    request: ADDRESS,
    asked: ["issue", ASKED_ADDRESS, { basis: undefined, receipt: undefined }],
    answers: [{ token: "ct1_x" }],
  },
  {
    method: "CompletionService/GenerateToken",
    request: { ...ADDRESS, receipt: "orders-0-41" },
    asked: ["issue", ASKED_ADDRESS, { basis: undefined, receipt: "orders-0-41" }],
    answers: [{ token: "ct1_x" }],
  },
  {
    method: "CompletionService/CheckToken",
    request: WATCHED,
    asked: ["check", "p", "ct1_x", {}],
    answers: [{ status: PENDING_ANSWER }],
  },
  {
    method: "CompletionService/WaitToken",
    request: { ...WATCHED, timeout: { seconds: "2", nanos: 500_000_000 } },
    asked: ["wait", "p", "ct1_x", { timeoutMs: 2500 }],
    answers: [{ status: COMPLETE_ANSWER }],
  },
  {
    method: "CompletionService/WaitToken",
    request: WATCHED,
    asked: ["wait", "p", "ct1_x", { timeoutMs: Number.MAX_SAFE_INTEGER }],
    answers: [{ status: COMPLETE_ANSWER }],
  },
  {
    method: "CompletionService/CheckTokens",
    request: { pipeline: "p", tokens: ["a", "b"], mode: "TOKEN_MODE_ANY" },
    asked: ["checkSeveral", "p", ["a", "b"], { mode: "any", timeoutMs: 0 }],
    answers: [
      {
        status: "COMPLETION_STATUS_IN_PROGRESS",
        tokens: [
          { status: PENDING_ANSWER },
          { lost: { reason: "CompletionTokenLost", message: "gone" } },
        ],
      },
    ],
  },
  {
    method: "CompletionService/CheckTokens",
    request: { pipeline: "p", tokens: ["a"], timeout: { seconds: "2", nanos: 500_000_000 } },
    asked: ["checkSeveral", "p", ["a"], { mode: "all", timeoutMs: 2500 }],
    answers: [{ status: "COMPLETION_STATUS_IN_PROGRESS" }],
  },
  {
    method: "CompletionService/WatchToken",
    request: WATCHED,
    asked: ["watch", "p", "ct1_x", {}],
    answers: [{ status: PENDING_ANSWER }, { status: COMPLETE_ANSWER }],
  },
  {
    method: "CompletionService/JoinTokens",
    request: { pipeline: "p", tokens: ["a", "b"] },
    asked: ["join", "p", ["a", "b"]],
    answers: [{ token: "ct1_x" }],
  },
];
