import { readFile } from "node:fs/promises";
import { join } from "node:path";

import {
  apiAccessSuite,
  type AccessSetup,
  type ApiFace,
  type ApiHeaders,
  connectFace,
  grpcFace,
  restFace,
} from "@tidemark/conformance";
import { OIDC_AUDIENCE, type OidcIssuer, startOidcIssuer } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";

const PROTO = join(import.meta.dirname, "..", "..", "..", "proto");

const claims: Record<string, unknown> = { tenants: ["acme"], roles: ["read"] };
const faces: ApiFace[] = [];
let issuer: OidcIssuer;
let server: InProcessServer;
let setup: AccessSetup;

beforeAll(async () => {
  issuer = await startOidcIssuer(claims);
  server = await inProcessServer({
    auth: "oidc",
    oidcIssuer: issuer.issuer,
    oidcAudience: OIDC_AUDIENCE,
  });
  const reader = bearer(await issuer.token());
  const maker = bearer(await jwt({ tenants: ["globex"], roles: "write" }));
  setup = {
    faces: openFaces,
    reader,
    writer: bearer(await jwt({ tenants: { acme: "write", globex: "read" } }), "acme"),
    stranger: bearer(await makeKey(maker, "stranger", "write")),
    refused: {
      nobody: {},
      "a bearer of an unknown key": bearer("apikey:unknown"),
      "a bearer of no JWT": bearer("nonsense"),
      "a bearer of an expired JWT": bearer(await jwt({ exp: 1 })),
      "a bearer of a JWT for others": bearer(await jwt({ aud: "others" })),
      "a user with a password": { authorization: "Basic YTpi" },
    },
  };
});
afterAll(async () => {
  for (const face of faces) await face[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

function openFaces(headers: ApiHeaders): Readonly<Record<string, ApiFace>> {
  const opened = {
    rest: restFace(server.http, headers),
    grpc: grpcFace(server.grpc, PROTO, headers),
    connect: connectFace(server.http, headers),
  };
  faces.push(...Object.values(opened));
  return opened;
}

function jwt(given: Readonly<Record<string, unknown>>): Promise<string> {
  return issuer.sign({ exp: Math.floor(Date.now() / 1000) + 600, ...given });
}

function bearer(token: string, tenant?: string): ApiHeaders {
  const authorization = `Bearer ${token}`;
  return tenant === undefined ? { authorization } : { authorization, "feldera-tenant": tenant };
}

async function makeKey(headers: ApiHeaders, name: string, role: string): Promise<string> {
  const response = await fetch(`${server.http}/v0/api_keys`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ name, role }),
  });
  return z.object({ api_key: z.string() }).parse(await response.json()).api_key;
}

async function ask(path: string, headers: ApiHeaders, method = "GET"): Promise<Response> {
  return fetch(server.http + path, { headers, method });
}

apiAccessSuite(() => setup);

test("a deleted key stops working at once, over every face", async () => {
  const key = bearer(await makeKey(setup.writer, "short-lived", "write"));
  for (const face of Object.values(openFaces(key))) {
    expect((await face.list()).kind).toBe("value");
  }
  expect((await ask("/v0/api_keys/short-lived", key, "DELETE")).status).toBe(200);
  for (const face of Object.values(openFaces(key))) {
    expect(await face.list()).toMatchObject({ error: { reason: "AuthenticationFailed" } });
  }
});

async function challenge(headers: ApiHeaders): Promise<string | null> {
  const response = await ask("/v0/pipelines", headers);
  expect(response.status).toBe(401);
  return response.headers.get("www-authenticate");
}

test("a 401 says how to authenticate, and what is wrong with what was sent", async () => {
  expect(await challenge({})).toBe("Bearer");
  expect(await challenge(bearer("nonsense"))).toMatch(
    /^Bearer error_description="Malformed JWT: missing iss claim"/u,
  );
  const connect = await fetch(`${server.http}/tidemark.v1.PipelineService/ListPipelines`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect([connect.status, connect.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
});

test("a session tells the tenant and the role, or the tenants there are to choose from", async () => {
  const session = async (headers: ApiHeaders): Promise<unknown> =>
    (await ask("/v0/config/session", headers)).json();
  expect(await session(setup.reader)).toMatchObject({ tenant_name: "acme", role: "read" });
  expect(await session(setup.stranger)).toMatchObject({
    tenant_name: "globex",
    role: "write",
    memberships: [],
  });
  const both = await jwt({ tenants: { acme: "write", globex: "read" } });
  expect(await session(bearer(both))).toEqual({
    tenant_id: null,
    tenant_name: null,
    role: null,
    user_created_at: null,
    memberships: [
      { tenant_id: expect.stringMatching(/^[-0-9a-f]{36}$/u), name: "acme", role: "write" },
      { tenant_id: expect.stringMatching(/^[-0-9a-f]{36}$/u), name: "globex", role: "read" },
    ],
  });
  expect((await ask("/v0/pipelines", bearer(both))).status).toBe(400);
  expect((await ask("/v0/config/session", {})).status).toBe(401);
});

test("the operator's key is in the data folder, and acts in every tenant that there is", async () => {
  const key = (await readFile(join(server.folder, "operator.key"), "utf8")).trim();
  expect((await ask("/v0/pipelines", bearer(key, "globex"))).status).toBe(200);
  const unknown = await ask("/v0/pipelines", bearer(key, "nobody"));
  expect(await unknown.json()).toMatchObject({ error_code: "UnknownTenantName" });
});

test("where to log in, and whether the server is there, is told to everybody", async () => {
  expect(await (await ask("/config/authentication", {})).json()).toEqual({
    GenericOidc: { issuer: issuer.issuer, client_id: OIDC_AUDIENCE, extra_oidc_scopes: [] },
  });
  expect((await ask("/healthz", {})).status).toBe(200);
});

test("keys of an issuer that can't be asked are no reason to refuse API keys", async () => {
  await using silent = await startOidcIssuer();
  silent.down = true;
  const settings = { auth: "oidc", oidcIssuer: silent.issuer, oidcAudience: OIDC_AUDIENCE };
  await using other = await inProcessServer(settings);
  const key = (await readFile(join(other.folder, "operator.key"), "utf8")).trim();
  const token = await silent.sign({ exp: Math.floor(Date.now() / 1000) + 600 });
  const refused = await fetch(`${other.http}/v0/pipelines`, { headers: bearer(token) });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
  expect((await fetch(`${other.http}/v0/pipelines`, { headers: bearer(key) })).status).toBe(200);
});

test("nothing is served to web pages of other sites, nor under another host's name", async () => {
  await using open = await inProcessServer();
  const post = (headers: ApiHeaders): Promise<Response> =>
    fetch(`${open.http}/v0/pipelines/p/ingress/t`, { method: "POST", headers, body: "1" });
  const foreign = await post({ origin: "https://evil.example", "content-type": "text/plain" });
  expect([foreign.status, await foreign.json()]).toMatchObject([
    403,
    { error_code: "OriginNotAllowed" },
  ]);
  expect((await post({ origin: "http://localhost:5173" })).status).toBe(404);
});
