import { OIDC_AUDIENCE, type OidcIssuer, startOidcIssuer } from "@tidemark/systems";
import { decodeProtectedHeader, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { JwtError } from "./jwt-error.ts";
import { type JwtRules, type JwtVerifier, jwtVerifier } from "./jwt-verifier.ts";

const LEEWAY = 60;
let issuer: OidcIssuer;
let verify: JwtVerifier;

beforeAll(async () => {
  issuer = await startOidcIssuer({ tenants: ["acme"], roles: ["write"] });
  verify = verifier();
});
afterAll(() => issuer[Symbol.asyncDispose]());

function verifier(rules: Partial<JwtRules> = {}): JwtVerifier {
  return jwtVerifier({
    issuer: issuer.issuer,
    audience: OIDC_AUDIENCE,
    jwksUrl: undefined,
    cooldownMs: 30_000,
    leewaySeconds: LEEWAY,
    ...rules,
  });
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

async function refusal(jwt: string, by: JwtVerifier = verify): Promise<JwtError> {
  try {
    await by(jwt);
  } catch (error) {
    if (error instanceof JwtError) return error;
    throw error;
  }
  throw new Error("the token was taken");
}

test("a token from the issuer's token endpoint holds, with its claims", async () => {
  expect(await verify(await issuer.token())).toMatchObject({
    iss: issuer.issuer,
    aud: OIDC_AUDIENCE,
    tenants: ["acme"],
    roles: ["write"],
  });
});

test("keys are also found at an address of their own, without discovery", async () => {
  const before = issuer.asked.length;
  const direct = verifier({ jwksUrl: `${issuer.issuer}/jwks` });
  await direct(await issuer.token());
  expect(issuer.asked.slice(before)).toEqual(["/jwks"]);
});

test("times hold within the leeway, and not beyond", async () => {
  await verify(await issuer.sign({ exp: now() - LEEWAY + 20 }));
  await verify(await issuer.sign({ exp: now() + 60, nbf: now() + LEEWAY - 20 }));
  const expired = await refusal(await issuer.sign({ exp: now() - LEEWAY - 20 }));
  expect(expired.message).toBe("The JWT has expired");
  const early = await refusal(await issuer.sign({ exp: now() + 600, nbf: now() + LEEWAY + 20 }));
  expect(early.message).toBe("The JWT is not valid yet");
});

test("a token that never expires is refused", async () => {
  expect((await refusal(await issuer.sign({}))).message).toBe("Malformed JWT: missing exp claim");
});

test("a token for another audience is refused; one for several is not, if ours is among them", async () => {
  const exp = now() + 60;
  for (const aud of ["https://other.test", [], undefined]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await refusal(await issuer.sign({ exp, aud }))).kind).toBe("refused");
  }
  await verify(await issuer.sign({ exp, aud: ["https://other.test", OIDC_AUDIENCE] }));
});

test("a token of another issuer, or of none, is refused before keys are asked for", async () => {
  await using stranger = await startOidcIssuer();
  const exp = now() + 60;
  const foreign = await refusal(await stranger.token());
  expect(foreign.message).toBe("The JWT is of an issuer that is not trusted here");
  expect(stranger.asked).toEqual([]);
  const missing = "Malformed JWT: missing iss claim";
  expect((await refusal(await issuer.sign({ exp, iss: undefined }))).message).toBe(missing);
  for (const text of [
    "",
    "x",
    "a.b.c",
    "....",
    "e30.e30.",
    "ct1_x",
    "\u0000",
    "a".repeat(50_000),
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect([text, (await refusal(text)).message]).toEqual([text, missing]);
  }
});

test("another's signature is refused, whatever issuer and key the token names", async () => {
  await using stranger = await startOidcIssuer();
  const { kid } = decodeProtectedHeader(await issuer.token());
  const claims = { iss: issuer.issuer, exp: now() + 60 };
  const forged = await stranger.sign(claims, kid === undefined ? {} : { kid });
  expect((await refusal(forged)).message).toBe("The JWT's signature does not hold");
});

test("a token without a signature, or signed with a published key as a shared secret, is refused", async () => {
  const exp = now() + 60;
  const claims = { iss: issuer.issuer, aud: OIDC_AUDIENCE, exp };
  expect((await refusal(new UnsecuredJWT(claims).encode())).kind).toBe("refused");
  const published = await (await fetch(`${issuer.issuer}/jwks`)).text();
  const confused = await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", kid: "first" })
    .sign(new TextEncoder().encode(published));
  expect((await refusal(confused)).message).toBe(
    "The JWT is signed with an algorithm that is not allowed",
  );
});

test("a rotated key is fetched when its first token comes, and the old one no longer holds", async () => {
  await using rotating = await startOidcIssuer();
  const current = verifier({ issuer: rotating.issuer, cooldownMs: 0 });
  const old = await rotating.sign({ exp: now() + 60 });
  await current(old);
  await rotating.rotate();
  await current(await rotating.token());
  expect((await refusal(old, current)).message).toBe(
    "The JWT is signed with a key that its issuer does not publish",
  );
});

test("unknown keys don't have the issuer asked more often than the cooldown allows", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    await using asked = await startOidcIssuer();
    const by = verifier({ issuer: asked.issuer });
    await by(await asked.token());
    const unknown = await asked.sign({ exp: now() + 600 }, { kid: "nobody's" });
    await Promise.all(Array.from({ length: 50 }, () => refusal(unknown, by)));
    expect(asked.asked.filter((path) => path === "/jwks")).toHaveLength(1);
    vi.setSystemTime(Date.now() + 31_000);
    await Promise.all(Array.from({ length: 50 }, () => refusal(unknown, by)));
    expect(asked.asked.filter((path) => path === "/jwks").length).toBeLessThanOrEqual(3);
  } finally {
    vi.useRealTimers();
  }
});

test("an issuer that can't be asked is told apart from a token that doesn't hold, and asked again", async () => {
  await using late = await startOidcIssuer();
  const by = verifier({ issuer: late.issuer });
  const direct = verifier({ issuer: late.issuer, jwksUrl: `${late.issuer}/jwks` });
  const token = await late.token();
  late.down = true;
  expect((await refusal(token, by)).kind).toBe("unreachable");
  expect((await refusal(token, direct)).kind).toBe("unreachable");
  late.down = false;
  await by(token);
  await direct(token);
});

test("a discovery document of another issuer is not trusted", async () => {
  const sly = `${issuer.issuer}/`;
  const jwt = await issuer.sign({ iss: sly, exp: now() + 60 });
  expect((await refusal(jwt, verifier({ issuer: sly }))).kind).toBe("unreachable");
});
