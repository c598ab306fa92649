/** Access: who a request comes from, in which tenant, and with which role. */

import { timingSafeEqual } from "node:crypto";

import { type KeyStore, type Registry } from "@tidemark/connector";

import {
  ambiguousTenantMembership,
  notATenantMember,
  noTenantMemberships,
  unknownTenantName,
} from "../errors/access.ts";
import { authenticationFailed } from "../errors/request.ts";
import { type Caller } from "../service.ts";
import { API_KEY_PREFIX, digestOf } from "./api-key.ts";
import { type Credentials } from "./credentials.ts";
import { type ClaimRules, grantOf, type Grant, type Membership } from "./memberships.ts";

/** The tenant of everybody where nobody authenticates, and of the operator's key. */
export const DEFAULT_TENANT = "default";

/** Someone who has authenticated. */
export interface Session {
  /** Undefined where the caller belongs to several tenants, or none, and names none. */
  readonly caller: Caller | undefined;
  /** The tenants that a person may act in; empty for keys, and where nobody authenticates. */
  readonly memberships: readonly Membership[];
}

/** Tells who calls. */
export interface Access {
  /** Rejects with `AuthenticationFailed`, or with what is wrong with the tenant. */
  authenticate(credentials: Credentials): Promise<Caller>;
  /** As `authenticate`, but a caller who still has to choose a tenant is answered too. */
  session(credentials: Credentials): Promise<Session>;
}

/** What callers are held against where they have to authenticate. */
export interface AccessOptions {
  readonly registry: Pick<Registry, "hasTenant"> & { readonly keys: Pick<KeyStore, "withDigest"> };
  /** Digest of the one key that may do everything, and is not in the registry. */
  readonly operatorDigest: string;
  /** Answers the claims of a JWT that holds; rejects with `AuthenticationFailed`. None: keys only. */
  readonly verifyJwt?: ((jwt: string) => Promise<Readonly<Record<string, unknown>>>) | undefined;
  readonly claims: ClaimRules;
}

/** Everybody is the default tenant's admin, whatever they send. */
export const OPEN_ACCESS: Access = {
  authenticate: () => Promise.resolve(EVERYBODY),
  session: () => Promise.resolve({ caller: EVERYBODY, memberships: [] }),
};

const EVERYBODY: Caller = { tenant: DEFAULT_TENANT, role: "admin" };
const BEARER = "Bearer ";
const NO_KEY = "The bearer token is not an API key, and this server takes nothing else";

/** Every request must carry an API key, or a JWT where these are verified. */
export function guardedAccess(options: AccessOptions): Access {
  async function session(credentials: Credentials): Promise<Session> {
    const bearer = bearerOf(credentials);
    if (bearer.startsWith(API_KEY_PREFIX)) {
      return { caller: await keyCaller(bearer, credentials.tenant, options), memberships: [] };
    }
    if (options.verifyJwt === undefined) throw authenticationFailed(NO_KEY);
    const grant = grantOf(await options.verifyJwt(bearer), options.claims);
    const caller = await jwtCaller(grant, credentials.tenant, options);
    return { caller, memberships: grant.memberships };
  }
  return {
    session,
    async authenticate(credentials) {
      const { caller, memberships } = await session(credentials);
      if (caller !== undefined) return caller;
      throw memberships.length === 0 ? noTenantMemberships() : ambiguousTenantMembership();
    },
  };
}

function bearerOf({ authorization = "" }: Credentials): string {
  if (authorization.startsWith(BEARER)) return authorization.slice(BEARER.length).trim();
  throw authenticationFailed(
    "Authentication is required: send an API key or a JWT as 'Authorization: Bearer …'",
  );
}

async function keyCaller(
  apiKey: string,
  tenant: string | undefined,
  options: AccessOptions,
): Promise<Caller> {
  const digest = digestOf(apiKey);
  if (same(digest, options.operatorDigest)) return owner(tenant ?? DEFAULT_TENANT, options);
  const record = await options.registry.keys.withDigest(digest);
  if (record === undefined || !same(digest, record.digest)) {
    throw authenticationFailed("Unauthorized API key");
  }
  if (tenant !== undefined && tenant !== record.tenant) throw notATenantMember(tenant);
  return { tenant: record.tenant, role: record.role };
}

async function jwtCaller(
  { memberships, owner: isOwner }: Grant,
  tenant: string | undefined,
  options: AccessOptions,
): Promise<Caller | undefined> {
  if (tenant === undefined) return memberships.length === 1 ? memberships[0] : undefined;
  const membership = memberships.find((one) => one.tenant === tenant);
  if (membership !== undefined) return membership;
  if (isOwner) return owner(tenant, options);
  throw notATenantMember(tenant);
}

/** An owner in any tenant that there is. */
async function owner(tenant: string, { registry }: AccessOptions): Promise<Caller> {
  if (tenant !== DEFAULT_TENANT && !(await registry.hasTenant(tenant))) {
    throw unknownTenantName(tenant);
  }
  return { tenant, role: "owner" };
}

function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
