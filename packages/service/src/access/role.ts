/** Roles: what callers may do, from reading to owning, and the one decision on them. */

import { insufficientPermissions } from "../errors/request.ts";

/** All roles, the lowest first; each may do what those before it may. */
export const ROLES = ["read", "write", "admin", "owner"] as const;

/** What a caller may do. */
export type Role = (typeof ROLES)[number];

/** Whether a text names a role. */
export function isRole(text: unknown): text is Role {
  return ROLES.some((role) => role === text);
}

/** Whether one role may do what another may. */
export function reaches(actual: Role, required: Role): boolean {
  return ROLES.indexOf(actual) >= ROLES.indexOf(required);
}

/** Throws `InsufficientPermissions` unless the caller's role reaches the one that an operation asks. */
export function requireRole({ role }: { readonly role: Role }, required: Role): void {
  if (!reaches(role, required)) throw insufficientPermissions(required, role);
}
