import { expect, test } from "vitest";

import { type ClaimRules, grantOf } from "./memberships.ts";

const RULES: ClaimRules = {
  tenants: "tenants",
  roles: "roles",
  defaultRole: "read",
  defaultTenant: undefined,
};

function roleOf(roles: unknown): unknown {
  return grantOf({ tenants: "a", roles }, RULES).memberships[0]?.role;
}

test("the highest role counts, and names that are no roles count for nothing", () => {
  expect(roleOf(["read", "admin", "write"])).toBe("admin");
  expect(roleOf("offline_access write")).toBe("write");
  for (const odd of [undefined, null, 7, "Admin", ["root"], { admin: true }, [["admin"]]]) {
    expect([odd, roleOf(odd)]).toEqual([odd, "read"]);
  }
});

test("a claim is looked up by its whole name first, then as a path", () => {
  const rules = { ...RULES, tenants: "https://tidemark.dev/tenants", roles: "realm_access.roles" };
  const claims = {
    "https://tidemark.dev/tenants": ["a"],
    realm_access: { roles: ["write"] },
  };
  expect(grantOf(claims, rules).memberships).toEqual([{ tenant: "a", role: "write" }]);
  const nothing = { ...RULES, tenants: "constructor.name", roles: "__proto__.roles" };
  expect(grantOf({}, nothing).memberships).toEqual([]);
});

test("roles by tenant hold for that tenant only, and a tenant without a role is none", () => {
  const tenants = { a: "write", b: ["admin", "x"], c: [], "": "read" };
  expect(grantOf({ tenants, roles: "admin" }, RULES).memberships).toEqual([
    { tenant: "a", role: "write" },
    { tenant: "b", role: "admin" },
  ]);
});

test("a bearer whose claims name no tenant gets the configured one, if there is one", () => {
  expect(grantOf({}, RULES).memberships).toEqual([]);
  const rules = { ...RULES, defaultTenant: "default" };
  expect(grantOf({}, rules).memberships).toEqual([{ tenant: "default", role: "read" }]);
  expect(grantOf({ tenants: ["a", "a", 3, ""] }, rules).memberships).toEqual([
    { tenant: "a", role: "read" },
  ]);
});

test("only the role owner is an owner", () => {
  expect(grantOf({ roles: ["owner"] }, RULES).owner).toBe(true);
  expect(grantOf({ roles: ["admin"], tenants: { a: "owner" } }, RULES).owner).toBe(false);
});
