/** Verifying JWTs: signature, issuer, audience and times. */

import { decodeJwt, errors, jwtVerify, type JWTVerifyOptions } from "jose";

import { issuerKeys, type KeySource } from "./issuer-keys.ts";
import { JwtError } from "./jwt-error.ts";

/** What a JWT must be to hold. */
export interface JwtRules extends KeySource {
  /** The audience that it must be for. */
  readonly audience: string;
  /** How far the issuer's clock may be off. */
  readonly leewaySeconds: number;
}

/** Answers the claims of a JWT that holds; rejects with `JwtError`. */
export type JwtVerifier = (jwt: string) => Promise<Readonly<Record<string, unknown>>>;

// Only signatures whose verifying key may be known to everybody: a shared secret, or none, is no proof.
const ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");

/** Makes a verifier; the issuer's keys are first asked for when the first JWT comes. */
export function jwtVerifier(rules: JwtRules): JwtVerifier {
  const keys = issuerKeys(rules);
  const options: JWTVerifyOptions = {
    issuer: rules.issuer,
    audience: rules.audience,
    clockTolerance: rules.leewaySeconds,
    algorithms: ALGORITHMS,
    requiredClaims: ["exp"],
  };
  return async (jwt) => {
    requireIssuer(jwt, rules.issuer);
    try {
      const { payload } = await jwtVerify(jwt, keys, options);
      return payload;
    } catch (error) {
      throw told(error);
    }
  };
}

/** A token of somebody else is refused before keys are asked for. */
function requireIssuer(jwt: string, issuer: string): void {
  const claimed = claimedIssuer(jwt);
  if (claimed === undefined) throw refused("Malformed JWT: missing iss claim");
  if (claimed !== issuer) throw refused("The JWT is of an issuer that is not trusted here");
}

function claimedIssuer(jwt: string): string | undefined {
  try {
    const { iss } = decodeJwt(jwt);
    return typeof iss === "string" ? iss : undefined;
  } catch {
    return undefined;
  }
}

function told(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return refused("The JWT has expired", error);
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefused(error);
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refused("The JWT is signed with a key that its issuer does not publish", error);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return refused("The JWT is signed with an algorithm that is not allowed", error);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refused("The JWT's signature does not hold", error);
  }
  return error instanceof errors.JOSEError ? refused("Malformed JWT", error) : error;
}

function claimRefused(error: InstanceType<typeof errors.JWTClaimValidationFailed>): JwtError {
  if (error.reason === "missing")
    return refused(`Malformed JWT: missing ${error.claim} claim`, error);
  switch (error.claim) {
    case "aud":
      return refused("The JWT is for another audience", error);
    case "nbf":
      return refused("The JWT is not valid yet", error);
    default:
      return refused(`The JWT's claim '${error.claim}' does not hold`, error);
  }
}

function refused(message: string, cause?: unknown): JwtError {
  return new JwtError("refused", message, { cause });
}
