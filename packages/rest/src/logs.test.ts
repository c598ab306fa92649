import { expect, test } from "vitest";

import { type LogRequest } from "@tidemark/service";

import { serve } from "./testing/serve.ts";

const PATH = "/v0/pipelines/p/logs";
const POSITION = { epoch: "01890000-0000-7000-8000-000000000001", seq: 41, gap: 2 };

async function* two(): AsyncGenerator<string> {
  yield "line 42\n";
  yield "line 43\n";
}

test("a log is plain text, with its position in the headers where a cursor was given", async () => {
  const asked: LogRequest[] = [];
  await using served = await serve({
    pipelines: {
      logs: async (_caller, _name, request) => {
        asked.push(request);
        return { position: request.cursor === undefined ? undefined : POSITION, lines: two() };
      },
    },
  });
  const answer = await served.ask(`${PATH}?cursor=&follow=false`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(answer.headers.get("feldera-logs-epoch")).toBe(POSITION.epoch);
  expect(answer.headers.get("feldera-logs-seq")).toBe("41");
  expect(answer.headers.get("feldera-logs-gap")).toBe("2");
  expect(await answer.text()).toBe("line 42\nline 43\n");
  const plain = await served.ask(PATH);
  expect([...plain.headers.keys()].filter((name) => name.startsWith("feldera-"))).toEqual([]);
  await plain.text();
  expect(asked).toEqual([
    { cursor: "", follow: false },
    { cursor: undefined, follow: true },
  ]);
});

test("a client that leaves ends the following of a log", async () => {
  const left = Promise.withResolvers<string>();
  await using served = await serve({
    pipelines: {
      logs: async (_caller, _name, _request, { signal }) => {
        signal.addEventListener("abort", () => left.resolve("left"));
        return { position: POSITION, lines: following(signal) };
      },
    },
  });
  const client = new AbortController();
  const answer = await served.ask(`${PATH}?cursor=`, { signal: client.signal });
  const reader = answer.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("line 42\n");
  client.abort();
  expect(await left.promise).toBe("left");
});

async function* following(signal: AbortSignal): AsyncGenerator<string> {
  yield "line 42\n";
  const { promise, resolve } = Promise.withResolvers<undefined>();
  signal.addEventListener("abort", () => resolve(undefined));
  await promise;
}
