import { expect, test } from "vitest";

import { serve } from "../testing/serve.ts";

test("the page has every operation and schema, and its links lead somewhere in it", async () => {
  await using served = await serve({});
  const response = await served.ask("/docs");
  const page = await response.text();
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const document = await (await served.ask("/openapi.json")).text();
  const ids = [...page.matchAll(/ id="([^"]*)"/gu)].map(([, id]) => id);
  const operations = [...document.matchAll(/"operationId":"([^"]*)"/gu)].map(([, id]) => id);
  expect(ids).toEqual(expect.arrayContaining([...operations, "ErrorResponse", "schemas"]));
  const links = [...page.matchAll(/ href="#([^"]*)"/gu)].map(([, id]) => id);
  expect(ids).toEqual(expect.arrayContaining([...new Set(links)]));
});

test("the page needs no script and nothing from elsewhere", async () => {
  await using served = await serve({});
  const response = await served.ask("/docs");
  expect(await response.text()).not.toMatch(/<script|<link|<img|@import| src=|href="http/u);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
});
