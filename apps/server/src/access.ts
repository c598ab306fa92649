/** Access as it is configured: nobody authenticates, or API keys do, and JWTs where there is an issuer. */

import { type Registry } from "@tidemark/connector";
import { JwtError, jwtVerifier, type JwtVerifier } from "@tidemark/jwt";
import {
  type Access,
  authenticationFailed,
  digestOf,
  guardedAccess,
  issuerUnreachable,
  OPEN_ACCESS,
} from "@tidemark/service";
import { type Logger } from "pino";

import { openOperatorKey } from "./api-key-secret.ts";
import { type Config } from "./settings.ts";

/** After the issuer's keys have been fetched, an unknown one is asked for again only this much later. */
const COOLDOWN_MS = 30_000;

/** Opens it. */
export async function openAccess(config: Config, registry: Registry, log: Logger): Promise<Access> {
  if (config.auth === "none") return OPEN_ACCESS;
  const { apiKey, path } = await openOperatorKey(config.dataDir, config.operatorKeyFile);
  log.info({ path }, "callers authenticate; the operator's API key is in this file");
  return guardedAccess({
    registry,
    operatorDigest: digestOf(apiKey),
    verifyJwt: verifier(config, log),
    claims: {
      tenants: config.oidcTenantsClaim,
      roles: config.oidcRolesClaim,
      defaultRole: config.oidcDefaultRole,
      defaultTenant: config.oidcDefaultTenant,
    },
  });
}

function verifier(config: Config, log: Logger): JwtVerifier | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience } = config;
  if (issuer === undefined || audience === undefined) return undefined;
  const verify = jwtVerifier({
    issuer,
    audience,
    jwksUrl: config.oidcJwksUrl,
    leewaySeconds: config.oidcLeewaySeconds,
    cooldownMs: COOLDOWN_MS,
  });
  return async (jwt) => {
    try {
      return await verify(jwt);
    } catch (error) {
      if (!(error instanceof JwtError)) throw error;
      if (error.kind === "refused") throw authenticationFailed(error.message);
      log.error({ err: error }, "the keys of the issuer can't be had");
      throw issuerUnreachable();
    }
  };
}
