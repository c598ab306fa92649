/** One case for every method on API keys. */

import { type MethodCase } from "./method-case.ts";
import { KEY_ANSWER } from "./samples.ts";

/** The cases. */
export const KEY_CASES: readonly MethodCase[] = [
  {
    method: "KeyService/CreateKey",
    request: { name: "k", role: "write" },
    asked: ["createKey", "k", "write"],
    answers: [{ key: KEY_ANSWER, apiKey: "apikey:secret" }],
  },
  {
    method: "KeyService/ListKeys",
    request: {},
    asked: ["listKeys"],
    answers: [{ keys: [KEY_ANSWER] }],
  },
  {
    method: "KeyService/GetKey",
    request: { name: "k" },
    asked: ["getKey", "k"],
    answers: [{ key: KEY_ANSWER }],
  },
  {
    method: "KeyService/DeleteKey",
    request: { name: "k" },
    asked: ["deleteKey", "k"],
    answers: [{}],
  },
];
