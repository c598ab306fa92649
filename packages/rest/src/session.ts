/** Authentication and session: how to log in, and who has. */

import { type Access, type Session, tenantIdOf } from "@tidemark/service";

import { json } from "./answer.ts";
import { credentialsOf } from "./credentials.ts";
import { type Operation, operation } from "./operation.ts";
import { AUTH_PROVIDER, SESSION_INFO } from "./schemas/platform-schemas.ts";
import { type JsonObject } from "./service-answers.ts";

/** Where people log in. */
export interface LoginProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly extraScopes: readonly string[];
}

/** The operations that tell how to authenticate, and as whom the caller has. */
export function sessionOperations(
  access: Access,
  login: LoginProvider | undefined,
): readonly Operation[] {
  return [authentication(login), session(access)];
}

function authentication(login: LoginProvider | undefined): Operation {
  return operation({
    id: "get_config_authentication",
    method: "GET",
    path: "/config/authentication",
    role: "anyone",
    tag: "Platform",
    summary: "Ask how to authenticate",
    description: "For clients that let a user log in.",
    takes: {},
    answers: { 200: { description: "Where users log in.", json: AUTH_PROVIDER } },
    errors: [],
    run: () => json(login === undefined ? {} : providerJson(login)),
  });
}

function session(access: Access): Operation {
  return operation({
    id: "get_config_session",
    method: "GET",
    path: "/v0/config/session",
    role: "read",
    access: "session",
    tag: "Platform",
    summary: "Read who the caller is",
    description:
      "The tenant and the role that the request's credentials give. A user of several tenants, or of none, who names none in `Feldera-Tenant` gets null for both, and `memberships` to choose from.",
    takes: {},
    answers: { 200: { description: "The caller.", json: SESSION_INFO } },
    errors: [],
    run: async ({ request }) =>
      json(sessionJson(await access.session(credentialsOf(request))), {
        headers: { "Cache-Control": "no-store" },
      }),
  });
}

function providerJson({ issuer, clientId, extraScopes }: LoginProvider): JsonObject {
  return { GenericOidc: { issuer, client_id: clientId, extra_oidc_scopes: [...extraScopes] } };
}

function sessionJson({ caller, memberships }: Session): JsonObject {
  return {
    tenant_id: caller === undefined ? null : tenantIdOf(caller.tenant),
    tenant_name: caller?.tenant ?? null,
    role: caller?.role ?? null,
    user_created_at: null,
    memberships: memberships.map(({ tenant, role }) => ({
      tenant_id: tenantIdOf(tenant),
      name: tenant,
      role,
    })),
  };
}
