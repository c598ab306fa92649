import { expect, test } from "vitest";

import { authenticationFailed } from "../errors/request.ts";
import { type ServiceError } from "../service-error.ts";
import { refusal } from "../testing/harness.ts";
import { MemoryRegistry } from "../testing/memory-registry.ts";
import { type Access, type AccessOptions, guardedAccess, OPEN_ACCESS } from "./access.ts";
import { digestOf } from "./api-key.ts";
import { type Credentials } from "./credentials.ts";

const RULES = {
  tenants: "tenants",
  roles: "roles",
  defaultRole: "read",
  defaultTenant: undefined,
} as const;

/** Every "JWT" is the JSON of its claims. */
async function access(options: Partial<AccessOptions> = {}): Promise<Access> {
  const registry = new MemoryRegistry();
  const record = { id: "1", name: "k", createdAtMs: 0 };
  const digest = digestOf("apikey:of-acme");
  await registry.keys.insert({ ...record, tenant: "acme", role: "write", digest });
  return guardedAccess({
    registry,
    operatorDigest: digestOf("apikey:operator"),
    verifyJwt: async (jwt) => {
      try {
        const claims: Readonly<Record<string, unknown>> = JSON.parse(jwt);
        return claims;
      } catch {
        throw authenticationFailed("Malformed JWT: missing iss claim");
      }
    },
    claims: RULES,
    ...options,
  });
}

function bearer(token: string | object, tenant?: string): Credentials {
  const text = typeof token === "string" ? token : JSON.stringify(token);
  return { authorization: `Bearer ${text}`, tenant };
}

async function refused(
  credentials: Credentials,
  options?: Partial<AccessOptions>,
): Promise<ServiceError> {
  const to = await access(options);
  return refusal(() => to.authenticate(credentials));
}

test("where nobody authenticates, everybody is the default tenant's admin, whatever they send", async () => {
  expect(await OPEN_ACCESS.authenticate(bearer("apikey:wrong", "acme"))).toEqual({
    tenant: "default",
    role: "admin",
  });
});

test("nothing but `Bearer ` and a token is taken", async () => {
  const headers = [
    undefined,
    "",
    "Bearer",
    "bearer apikey:of-acme",
    "Basic YTpi",
    "apikey:of-acme",
  ];
  for (const authorization of headers) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { reason } = await refused({ authorization, tenant: undefined });
    expect([authorization, reason]).toEqual([authorization, "AuthenticationFailed"]);
  }
});

test("a key is its tenant's, with its role, and of no other tenant", async () => {
  const to = await access();
  const caller = expect.objectContaining({ tenant: "acme", role: "write" });
  expect(await to.authenticate(bearer("apikey:of-acme"))).toEqual(caller);
  expect(await to.authenticate(bearer("apikey:of-acme", "acme"))).toEqual(caller);
  const other = await refused(bearer("apikey:of-acme", "default"));
  expect([other.reason, other.details]).toEqual(["NotATenantMember", { tenant: "default" }]);
  expect((await to.session(bearer("apikey:of-acme"))).memberships).toEqual([]);
});

test("a key that is not known is refused, and so is everything but keys where JWTs are not verified", async () => {
  expect((await refused(bearer("apikey:of-acmE"))).message).toBe("Unauthorized API key");
  const keysOnly = await refused(bearer({ tenants: "acme" }), { verifyJwt: undefined });
  expect(keysOnly.reason).toBe("AuthenticationFailed");
});

test("the operator's key is an owner in every tenant that there is", async () => {
  const to = await access();
  expect(await to.authenticate(bearer("apikey:operator"))).toEqual({
    tenant: "default",
    role: "owner",
  });
  expect(await to.authenticate(bearer("apikey:operator", "acme"))).toEqual({
    tenant: "acme",
    role: "owner",
  });
  const unknown = await refused(bearer("apikey:operator", "nobody"));
  expect([unknown.reason, unknown.details]).toEqual(["UnknownTenantName", { name: "nobody" }]);
});

test("the bearer of a JWT acts in the one tenant, or in the one that is named", async () => {
  const to = await access();
  const two = { tenants: ["a", "b"], roles: ["write", "something else"] };
  expect(await to.authenticate(bearer({ tenants: "a" }))).toEqual({ tenant: "a", role: "read" });
  expect(await to.authenticate(bearer(two, "b"))).toEqual({ tenant: "b", role: "write" });
  expect((await refused(bearer(two))).reason).toBe("AmbiguousTenantMembership");
  expect((await refused(bearer(two, "c"))).details).toEqual({ tenant: "c" });
  expect((await refused(bearer({}))).reason).toBe("NoTenantMemberships");
});

test("a login that has yet to choose a tenant is told what there is", async () => {
  const to = await access();
  expect(await to.session(bearer({ tenants: { a: "write", b: ["read"] } }))).toEqual({
    caller: undefined,
    memberships: [
      { tenant: "a", role: "write" },
      { tenant: "b", role: "read" },
    ],
  });
  expect(await to.session(bearer({}))).toEqual({ caller: undefined, memberships: [] });
});

test("an owner by JWT acts in every tenant that there is", async () => {
  const to = await access();
  const owner = { roles: "owner" };
  expect(await to.authenticate(bearer(owner, "acme"))).toEqual({ tenant: "acme", role: "owner" });
  expect((await refused(bearer(owner, "nobody"))).reason).toBe("UnknownTenantName");
});
