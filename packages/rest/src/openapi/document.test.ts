import { z } from "zod";
import { expect, test } from "vitest";

import { serve } from "../testing/serve.ts";

const DOCUMENT = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
});

const COMPONENTS = z.object({
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

test("every reference of the document leads to a schema of it", async () => {
  await using served = await serve({});
  const text = await (await served.ask("/openapi.json")).text();
  const { components } = COMPONENTS.parse(JSON.parse(text));
  const names = [...text.matchAll(/"\$ref":"([^"]*)"/gu)].map(([, name]) => name);
  const known = Object.keys(components.schemas).map((name) => `#/components/schemas/${name}`);
  expect(known).toEqual(expect.arrayContaining([...new Set(names)]));
  expect(names.length).toBeGreaterThan(0);
});

test("the server describes every operation that it has, under an id of its own", async () => {
  await using served = await serve({});
  const { paths } = DOCUMENT.parse(await (await served.ask("/openapi.json")).json());
  const ids = Object.values(paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  await Promise.all(
    Object.entries(paths).map(async ([path, methods]) => {
      const response = await served.ask(path.replaceAll(/[{}]/gu, ""), { method: "OPTIONS" });
      const allowed = response.headers.get("allow")?.split(", ") ?? [];
      const documented = Object.keys(methods).map((method) => method.toUpperCase());
      expect([path, allowed]).toEqual([path, expect.arrayContaining(documented)]);
    }),
  );
});
