import { OPEN_ACCESS, ServiceError } from "@tidemark/service";
import { expect, test } from "vitest";

import { NOT_OFFERED } from "./not-offered.ts";
import { serve } from "./testing/serve.ts";

const pathOf = (path: string): string => path.replaceAll(/:\w+/gu, "x");

const nobody = () => Promise.reject(new ServiceError("AuthenticationFailed", "who?"));

test.each(NOT_OFFERED)("$method $path says that it is not offered", async (operation) => {
  await using served = await serve({});
  const response = await served.ask(pathOf(operation.path), { method: operation.method });
  const paid = operation.instead === undefined;
  expect(response.status).toBe(501);
  expect(await response.json()).toEqual({
    message: paid
      ? `Cannot use enterprise-only feature (${operation.feature}) in Feldera community edition.`
      : `${operation.feature} is not supported here: ${operation.instead}`,
    error_code: paid ? "EnterpriseFeature" : "UnsupportedFeature",
    details: { feature: operation.feature },
  });
});

test("callers without credentials are told so first", async () => {
  await using served = await serve({}, { access: { ...OPEN_ACCESS, authenticate: nobody } });
  const response = await served.ask("/v0/pipelines/p/checkpoint", { method: "POST" });
  expect(response.status).toBe(401);
});

test("another method on such a path is 405 and names what is known", async () => {
  await using served = await serve({});
  const response = await served.ask("/v0/pipelines/p/samply_profile", { method: "DELETE" });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS, POST");
});
