import { expect, test } from "vitest";

import { DEFAULT_REST_LIMITS } from "./app.ts";
import { rawExchange } from "./testing/raw-exchange.ts";
import { serve } from "./testing/serve.ts";

const BODY = "x".repeat(12_000_000);

test("a client that closes can send its whole body and gets its answer, though nobody wants the body", async () => {
  const limits = { ...DEFAULT_REST_LIMITS, maximumJsonBytes: 100 };
  await using served = await serve({}, { limits });
  const ask = async (start: string): Promise<string> => {
    const head = `${start} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n`;
    return (await rawExchange(served.port, head + BODY)).slice(0, 12);
  };
  expect(await ask("PUT /healthz")).toBe("HTTP/1.1 405");
  expect(await ask("POST /v0/pipelines")).toBe("HTTP/1.1 413");
  expect(await ask("DELETE /nothing")).toBe("HTTP/1.1 404");
  expect(await ask("GET /healthz")).toBe("HTTP/1.1 200");
});
