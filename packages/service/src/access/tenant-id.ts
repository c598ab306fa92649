/** Ids of tenants, which follow from their names, so that every replica gives the same. */

import { NIL, v5 } from "uuid";

import { DEFAULT_TENANT } from "./access.ts";

const NAMESPACE = "6f1c2a52-6f0f-5d0c-9b58-0d5d8d9f5b1e";

/** A tenant's UUID; the default tenant has the nil one, as documented. */
export function tenantIdOf(name: string): string {
  return name === DEFAULT_TENANT ? NIL : v5(name, NAMESPACE);
}
