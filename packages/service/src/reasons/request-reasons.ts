/** Reasons why a request isn't taken at all: routes, sizes, credentials, the server itself. */

import { type ReasonEntry } from "./reason-entry.ts";

/** Names of the reasons to do with requests, callers and the server. */
export type RequestReason =
  | "UnknownRoute"
  | "MethodNotAllowed"
  | "PayloadTooLarge"
  | "HeadersTooLarge"
  | "RequestTimeout"
  | "Initializing"
  | "UnsupportedFeature"
  | "AuthenticationFailed"
  | "InsufficientPermissions"
  | "AmbiguousTenantMembership"
  | "NotATenantMember"
  | "NoTenantMemberships"
  | "UnknownTenantName"
  | "UnknownApiKey"
  | "RoleExceedsCreator"
  | "OwnerAdminNotMintableAsApiKey"
  | "NoClusterMonitorEventsAvailable"
  | "ShuttingDown"
  | "InternalError";

/** What each of them means. */
export const REQUEST_REASONS: Readonly<Record<RequestReason, ReasonEntry>> = {
  UnknownRoute: {
    http: 404,
    grpc: "UNIMPLEMENTED",
    cause: "There is nothing at this path.",
    remedy: "Check the path; a trailing slash makes another path.",
  },
  MethodNotAllowed: {
    http: 405,
    grpc: "UNIMPLEMENTED",
    cause: "The path exists, but not with this method.",
    remedy: "Use one of the methods that the Allow header lists.",
  },
  PayloadTooLarge: {
    http: 413,
    grpc: "RESOURCE_EXHAUSTED",
    cause: "The body is larger than allowed.",
    remedy: "Send it in smaller parts.",
  },
  HeadersTooLarge: {
    http: 431,
    grpc: "RESOURCE_EXHAUSTED",
    cause: "The request's address and headers together are larger than allowed.",
    remedy: "Send what is long, such as many tokens, in a body.",
  },
  RequestTimeout: {
    http: 408,
    grpc: "DEADLINE_EXCEEDED",
    cause: "The request did not arrive as a whole in time.",
    remedy: "Try again over a better connection.",
  },
  Initializing: {
    http: 503,
    grpc: "UNAVAILABLE",
    retryAfterSeconds: 1,
    cause: "The server is still starting.",
    remedy: "Try again in a moment.",
  },
  UnsupportedFeature: {
    http: 501,
    grpc: "UNIMPLEMENTED",
    cause: "The request is understood, but this server can't do it.",
    remedy: "The message says what it can do instead.",
  },
  AuthenticationFailed: {
    http: 401,
    grpc: "UNAUTHENTICATED",
    cause: "The request carries no credentials, or wrong ones.",
    remedy: "Send an API key: Authorization: Bearer apikey:…",
  },
  InsufficientPermissions: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    cause: "The caller's role doesn't allow this.",
    remedy: "Use a key with the role that the message names.",
  },
  AmbiguousTenantMembership: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    cause: "The caller belongs to several tenants and didn't say which one is meant.",
    remedy: "Name one in the Feldera-Tenant header.",
  },
  NotATenantMember: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    cause: "The caller doesn't belong to the tenant that the request names.",
    remedy: "Name a tenant that the caller belongs to.",
  },
  NoTenantMemberships: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    cause: "The caller belongs to no tenant.",
    remedy: "Ask an operator to be added to one.",
  },
  UnknownTenantName: {
    http: 404,
    grpc: "NOT_FOUND",
    cause: "There is no tenant of that name.",
    remedy: "Check the Feldera-Tenant header.",
  },
  UnknownApiKey: {
    http: 404,
    grpc: "NOT_FOUND",
    cause: "There is no API key of that name.",
    remedy: "Check the name against the list of keys.",
  },
  RoleExceedsCreator: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    cause: "A key was asked for with a higher role than the caller's own.",
    remedy: "Ask for a role up to the caller's own.",
  },
  OwnerAdminNotMintableAsApiKey: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    cause: "API keys can't have the role admin or owner.",
    remedy: "Ask for read or write.",
  },
  NoClusterMonitorEventsAvailable: {
    http: 404,
    grpc: "NOT_FOUND",
    cause: "The server has only just started and hasn't looked after itself yet.",
    remedy: "Try again in a moment.",
  },
  ShuttingDown: {
    http: 503,
    grpc: "UNAVAILABLE",
    retryAfterSeconds: 5,
    cause: "The server is about to stop.",
    remedy: "Try again once it is back.",
  },
  InternalError: {
    http: 500,
    grpc: "INTERNAL",
    cause: "Something went wrong inside the server; its log says more.",
    remedy: "Try again; if it stays, give the operator the time of the request.",
  },
};
