/** Settings of access: who has to authenticate, how, and which web pages may call. */

import { type Role, ROLES } from "@tidemark/service";
import { z } from "zod";

import { help, list, text, whole } from "./setting-kinds.ts";

const MODES = ["none", "keys", "oidc"] as const;

/** The part of a configuration that says who may call. */
export interface AccessConfig {
  readonly auth: (typeof MODES)[number];
  readonly operatorKeyFile?: string | undefined;
  readonly oidcIssuer?: string | undefined;
  readonly oidcAudience?: string | undefined;
  readonly oidcJwksUrl?: string | undefined;
  readonly oidcClientId?: string | undefined;
  readonly oidcScopes: readonly string[];
  readonly oidcLeewaySeconds: number;
  readonly oidcTenantsClaim: string;
  readonly oidcRolesClaim: string;
  readonly oidcDefaultTenant?: string | undefined;
  readonly oidcDefaultRole: Role;
  /** Origins as browsers spell them. */
  readonly corsOrigins: readonly string[];
}

/** The part of the table that is about access. */
export const ACCESS_SETTINGS: {
  readonly [Key in keyof AccessConfig]-?: z.ZodType<AccessConfig[Key]>;
} = {
  auth: z
    .enum(MODES, { error: `one of ${MODES.join(", ")}` })
    .default("none")
    .register(help, {
      value: "MODE",
      help: "what callers authenticate with: none; keys: API keys; oidc: API keys, or JWTs of an OpenID Connect issuer",
    }),
  operatorKeyFile: text("a file's path").optional().register(help, {
    value: "PATH",
    help: "the operator's API key, which may do everything; without it, one is created in the data folder when callers authenticate",
  }),
  oidcIssuer: secureUrl().optional().register(help, {
    value: "URL",
    help: "the issuer of JWTs, exactly as they spell it in `iss`",
  }),
  oidcAudience: text("an audience").optional().register(help, {
    value: "NAME",
    help: "the audience that JWTs must be for",
  }),
  oidcJwksUrl: secureUrl().optional().register(help, {
    value: "URL",
    help: "where the issuer publishes its keys; without it, its discovery document tells",
  }),
  oidcClientId: text("a client's id").optional().register(help, {
    value: "ID",
    help: "the client that people log in with, for web pages; without it, the audience",
  }),
  oidcScopes: list("scopes").default([]).register(help, {
    value: "A,B",
    help: "scopes that web pages ask for besides the usual ones",
  }),
  oidcLeewaySeconds: whole(0, 600).default(60).register(help, {
    value: "N",
    help: "how far the issuer's clock may be off",
  }),
  oidcTenantsClaim: text("a claim's name").default("tenants").register(help, {
    value: "CLAIM",
    help: "the claim with the caller's tenants: a name, a list, or an object of roles by tenant; dots lead into objects",
  }),
  oidcRolesClaim: text("a claim's name").default("roles").register(help, {
    value: "CLAIM",
    help: "the claim with the caller's role: read, write, admin or owner, or a list; the highest counts",
  }),
  oidcDefaultTenant: text("a tenant's name").optional().register(help, {
    value: "NAME",
    help: "the tenant of callers whose JWT names none; without it, they are refused",
  }),
  oidcDefaultRole: z
    .enum(ROLES, { error: `one of ${ROLES.join(", ")}` })
    .default("read")
    .register(help, { value: "ROLE", help: "the role of callers whose JWT names none" }),
  corsOrigins: origins().default([]).register(help, {
    value: "A,B",
    help: "origins of web pages that may call from another host",
  }),
};

/** Origins as browsers send them; another spelling would never match. */
function origins(): z.ZodType<readonly string[]> {
  const what = "origins, such as https://console.example.com, or *";
  return list(what).refine((all) => all.every(isOrigin), { error: `a list of ${what}` });
}

function isOrigin(origin: string): boolean {
  return origin === "*" || (URL.canParse(origin) && new URL(origin).origin === origin);
}

/** An address that nobody on the way can answer for: HTTPS, or on this machine. */
function secureUrl(): z.ZodType<string> {
  const error = "an https:// address, or an http:// one of this machine";
  return z
    .string({ error })
    .refine((value) => URL.canParse(value) && isSecure(new URL(value)), { error });
}

function isSecure({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  return protocol === "http:" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
