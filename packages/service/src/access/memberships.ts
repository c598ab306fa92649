/** Memberships: the tenants and roles that the claims of a JWT give its bearer. */

import { isRole, type Role, ROLES } from "./role.ts";

/** A tenant that a caller may act in, and as what. */
export interface Membership {
  readonly tenant: string;
  readonly role: Role;
}

/** Which claims say it. A name with dots is looked up as it is, then as a path. */
export interface ClaimRules {
  /** A tenant's name, a list of them, or an object of a role for each. */
  readonly tenants: string;
  /** A role, several separated by blanks, or a list; names that are no roles are passed over. */
  readonly roles: string;
  /** The role of a bearer whose claims name none. */
  readonly defaultRole: Role;
  /** The tenant of a bearer whose claims name none. */
  readonly defaultTenant: string | undefined;
}

/** What the bearer of a JWT may do. */
export interface Grant {
  readonly memberships: readonly Membership[];
  /** May act in any tenant. */
  readonly owner: boolean;
}

/** Reads claims by the rules. */
export function grantOf(claims: Readonly<Record<string, unknown>>, rules: ClaimRules): Grant {
  const role = highest(words(claimAt(claims, rules.roles))) ?? rules.defaultRole;
  const named = memberships(claimAt(claims, rules.tenants), role);
  const fallback =
    named.length === 0 && rules.defaultTenant !== undefined
      ? [{ tenant: rules.defaultTenant, role }]
      : named;
  return { memberships: fallback, owner: role === "owner" };
}

function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split(".")
    .reduce<unknown>(
      (at, part) => (isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined),
      claims,
    );
}

function memberships(claim: unknown, role: Role): readonly Membership[] {
  if (isObject(claim)) {
    return Object.entries(claim).flatMap(([tenant, given]) => {
      const own = highest(words(given));
      return own === undefined || tenant === "" ? [] : [{ tenant, role: own }];
    });
  }
  const names = typeof claim === "string" ? [claim] : texts(claim);
  return [...new Set(names)].filter((name) => name !== "").map((tenant) => ({ tenant, role }));
}

function highest(names: readonly string[]): Role | undefined {
  const roles = names.filter(isRole);
  return ROLES.findLast((role) => roles.includes(role));
}

function words(claim: unknown): readonly string[] {
  return typeof claim === "string" ? claim.split(" ") : texts(claim);
}

function texts(claim: unknown): readonly string[] {
  return Array.isArray(claim) ? claim.filter((one) => typeof one === "string") : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
