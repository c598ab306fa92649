/** A real OpenID Connect issuer on a real socket, for tests. */

import { createServer, type RequestListener, type Server } from "node:http";

import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { Provider } from "oidc-provider";
import { z } from "zod";

/** The audience that the issuer's tokens are for. */
export const OIDC_AUDIENCE = "https://tidemark.test/api";
const ALG = "ES256";
const SECRET = "a-secret-of-the-client";

/** A signing key with its name. */
type SigningKey = Awaited<ReturnType<typeof signingKey>>;

/** Claims of a token; undefined leaves one out. */
type Claims = Readonly<Record<string, unknown>>;

/** The issuer. */
export interface OidcIssuer extends AsyncDisposable {
  readonly issuer: string;
  /** Requests that came for keys or for the discovery document, by path. */
  readonly asked: readonly string[];
  /** Gets a token as a client would, from the token endpoint. */
  token(): Promise<string>;
  /** Signs claims with the issuer's key; without `iss` and `aud` of the caller's, the right ones. */
  sign(claims: Claims, header?: { readonly kid?: string }): Promise<string>;
  /** Publishes another key in place of the one before. */
  rotate(): Promise<void>;
  /** Has every request answered with 500, as long as it is down. */
  down: boolean;
}

/** Starts an issuer; its tokens carry what `claims` holds when they are asked for. */
export async function startOidcIssuer(claims: object = {}): Promise<OidcIssuer> {
  const server = createServer();
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const issuer = `http://127.0.0.1:${portOf(server)}`;
  const asked: string[] = [];
  let key = await signingKey("first");
  let answer = provider(issuer, key, claims);
  const state: OidcIssuer = {
    issuer,
    asked,
    down: false,
    token: () => tokenOf(issuer),
    sign(given, { kid = key.kid } = {}) {
      const text = JSON.stringify({ iss: issuer, aud: OIDC_AUDIENCE, ...given });
      const payload: JWTPayload = JSON.parse(text);
      return new SignJWT(payload).setProtectedHeader({ alg: ALG, kid }).sign(key.privateKey);
    },
    async rotate() {
      key = await signingKey(`${key.kid} again`);
      answer = provider(issuer, key, claims);
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
  server.on("request", (request, response) => {
    if (request.method === "GET") asked.push(request.url ?? "");
    if (state.down) response.writeHead(500).end();
    else answer(request, response);
  });
  return state;
}

async function signingKey(kid: string) {
  const pair = await generateKeyPair(ALG, { extractable: true });
  return { kid, privateKey: pair.privateKey, jwk: { ...(await exportJWK(pair.privateKey)), kid } };
}

function provider(issuer: string, { jwk }: SigningKey, claims: object): RequestListener {
  const resource = {
    scope: "",
    audience: OIDC_AUDIENCE,
    accessTokenFormat: "jwt",
    jwt: { sign: { alg: ALG } },
  };
  return new Provider(issuer, {
    jwks: { keys: [{ ...jwk, alg: ALG, use: "sig" }] },
    clients: [
      {
        client_id: "tests",
        client_secret: SECRET,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: ALG,
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => OIDC_AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => resource,
      },
    },
    enabledJWA: { idTokenSigningAlgValues: [ALG] },
    extraTokenClaims: () => claims,
    ttl: { ClientCredentials: 600 },
  }).callback();
}

async function tokenOf(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`tests:${SECRET}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`the issuer gave no token: ${JSON.stringify(answer)}`);
  return z.object({ access_token: z.string() }).parse(answer).access_token;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("there is no port");
  return address.port;
}
