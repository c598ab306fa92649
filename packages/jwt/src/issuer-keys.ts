/** The issuer's published keys: found by discovery or at a given address, and fetched anew when one is unknown. */

import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { z } from "zod";

import { JwtError } from "./jwt-error.ts";

const FETCH_TIMEOUT_MS = 5000;

/** Where keys are found, and how often they may be asked for. */
export interface KeySource {
  /** As tokens spell it in `iss`. */
  readonly issuer: string;
  /** The key set's address; without it, the issuer's discovery document names it. */
  readonly jwksUrl: string | undefined;
  /** After the keys have been fetched, an unknown one is asked for again only this much later. */
  readonly cooldownMs: number;
}

/** Finds the key of a token; nothing is asked before the first one. */
export function issuerKeys({ issuer, jwksUrl, cooldownMs }: KeySource): JWTVerifyGetKey {
  let discovered: Promise<JWTVerifyGetKey> | undefined;
  const keysAt = (url: string): JWTVerifyGetKey =>
    createRemoteJWKSet(new URL(url), {
      cooldownDuration: cooldownMs,
      timeoutDuration: FETCH_TIMEOUT_MS,
    });
  const given = jwksUrl === undefined ? undefined : keysAt(jwksUrl);
  const keys = (): Promise<JWTVerifyGetKey> => {
    discovered ??= discover(issuer).then(keysAt);
    // What failed is tried again by the next token.
    discovered.catch(() => (discovered = undefined));
    return discovered;
  };
  return async (header, token) => {
    const find = given ?? (await keys());
    try {
      return await find(header, token);
    } catch (error) {
      if (OF_THE_TOKEN.some((kind) => error instanceof kind)) throw error;
      throw new JwtError("unreachable", "The issuer's keys can't be had", { cause: error });
    }
  };
}

/** What is wrong with a token rather than with the keys. */
const OF_THE_TOKEN = [
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSENotSupported,
];

const DISCOVERY = z.object({ issuer: z.string(), jwks_uri: z.url() });

async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/u, "")}/.well-known/openid-configuration`;
  try {
    const response = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const found = DISCOVERY.parse(await response.json());
    if (found.issuer !== issuer) throw new Error(`${url} is of issuer '${found.issuer}'`);
    return found.jwks_uri;
  } catch (cause) {
    throw new JwtError("unreachable", "The issuer's discovery document can't be had", { cause });
  }
}
