import { createServer, request as httpRequest } from "node:http";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { guardOrigins, type OriginRules, originRefusal } from "./origin-guard.ts";

const LOCAL: OriginRules = {
  allowed: ["https://console.example.com"],
  local: true,
  hosts: (host) => host === "127.0.0.1" || host === "localhost",
};
const PUBLIC: OriginRules = { allowed: [], local: false, hosts: undefined };

function asked(headers: Record<string, string>, rules = LOCAL, method = "POST"): string {
  const host = { host: "127.0.0.1:8080" };
  return originRefusal({ method, headers: { ...host, ...headers } }, rules)?.reason ?? "answered";
}

test("programs, which say nothing of a page, are answered", () => {
  expect(asked({})).toBe("answered");
  expect(asked({ "sec-fetch-mode": "cors" })).toBe("answered");
  expect(asked({}, PUBLIC)).toBe("answered");
});

test.each([
  "https://evil.example",
  "http://127.0.0.1.evil.example",
  "null",
  "",
  "http://evil.localhost.example",
])("a page of %j may not call", (origin) => {
  expect(asked({ origin })).toBe("OriginNotAllowed");
  expect(asked({ origin }, PUBLIC)).toBe("OriginNotAllowed");
});

test("pages of the server's own host, of this machine and of allowed origins may call", () => {
  expect(asked({ origin: "http://127.0.0.1:8080" })).toBe("answered");
  expect(asked({ origin: "http://localhost:5173" })).toBe("answered");
  expect(asked({ origin: "https://console.example.com" })).toBe("answered");
  expect(asked({ origin: "http://console.example.com" })).toBe("OriginNotAllowed");
  const host = "api.example.com";
  expect(asked({ host, origin: "https://api.example.com" }, PUBLIC)).toBe("answered");
  expect(asked({ host, origin: "http://localhost:5173" }, PUBLIC)).toBe("OriginNotAllowed");
  expect(asked({ origin: "https://any.example" }, { ...PUBLIC, allowed: ["*"] })).toBe("answered");
});

test("a page that the browser doesn't name may lead here by a link, and no more", () => {
  for (const site of ["cross-site", "same-site"]) {
    expect(asked({ "sec-fetch-site": site, "sec-fetch-mode": "no-cors" }, LOCAL, "GET")).toBe(
      "OriginNotAllowed",
    );
    expect(asked({ "sec-fetch-site": site, "sec-fetch-mode": "navigate" }, LOCAL, "GET")).toBe(
      "answered",
    );
    expect(asked({ "sec-fetch-site": site, "sec-fetch-mode": "navigate" })).toBe(
      "OriginNotAllowed",
    );
  }
  expect(asked({ "sec-fetch-site": "same-origin" })).toBe("answered");
});

test("another host's name does not lead here, though the page be of that host", () => {
  const rebound = { host: "evil.example:8080", origin: "http://evil.example:8080" };
  expect(asked(rebound)).toBe("HostNotAllowed");
  expect(asked({ host: "evil.example:8080" }, LOCAL, "GET")).toBe("HostNotAllowed");
  expect(asked({ host: "localhost" })).toBe("answered");
});

describe("over the wire", () => {
  const server = createServer(guardOrigins(LOCAL, (_request, response) => response.end("through")));
  let port = 0;

  beforeAll(async () => {
    const listening = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    const address = server.address();
    port = typeof address === "object" ? (address?.port ?? 0) : 0;
  });
  afterAll(async () => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  });

  function send(
    method: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof send>>>();
    const request = httpRequest({ port, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    request.on("error", reject).end(method === "POST" ? "x" : undefined);
    return promise;
  }

  test("a page that may call is told so, and what it may send", async () => {
    const origin = "https://console.example.com";
    const preflight = await send("OPTIONS", { origin, "access-control-request-method": "PUT" });
    expect([preflight.status, preflight.body]).toEqual([204, ""]);
    expect(preflight.headers["access-control-allow-methods"]).toBe("GET, POST, PATCH, PUT, DELETE");
    const allowed = preflight.headers["access-control-allow-headers"];
    for (const name of [
      "Authorization",
      "Content-Type",
      "Feldera-Tenant",
      "Idempotency-Key",
      "Prefer",
    ]) {
      expect(allowed).toContain(name);
    }
    const answer = await send("POST", { origin });
    expect(answer).toMatchObject({ status: 200, body: "through" });
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      vary: "Origin",
    });
  });

  test("a page that may not is refused in the envelope, before its body is looked at", async () => {
    const refused = await send("POST", {
      origin: "https://evil.example",
      "content-type": "text/plain",
    });
    expect(refused.status).toBe(403);
    expect(refused.headers["access-control-allow-origin"]).toBeUndefined();
    expect(JSON.parse(refused.body)).toEqual({
      message:
        "Web pages of 'https://evil.example' may not call this server; --cors-origins lists those that may",
      error_code: "OriginNotAllowed",
      details: { origin: "https://evil.example" },
    });
  });
});
