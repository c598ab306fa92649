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
  | "IssuerUnreachable"
  | "OriginNotAllowed"
  | "HostNotAllowed"
  | "InsufficientPermissions"
  | "AmbiguousTenantMembership"
  | "NotATenantMember"
  | "NoTenantMemberships"
  | "UnknownTenantName"
  | "UnknownApiKey"
  | "RoleExceedsCreator"
  | "OwnerAdminNotMintableAsApiKey"
  | "NoClusterMonitorEventsAvailable"
  | "UnknownClusterMonitorEvent"
  | "ShuttingDown"
  | "InternalError";

/** What each of them means. */
export const REQUEST_REASONS: Readonly<Record<RequestReason, ReasonEntry>> = {
  UnknownRoute: {
    http: 404,
    grpc: "UNIMPLEMENTED",
    message: "There is nothing at {method} {path}",
    details: ["method", "path"],
    cause: "There is nothing at this path.",
    remedy: "Check the path; a trailing slash makes another path.",
  },
  MethodNotAllowed: {
    http: 405,
    grpc: "UNIMPLEMENTED",
    message: "{path} can't be asked with {method}; it takes {allowed}",
    details: ["method", "path", "allowed"],
    cause: "The path exists, but not with this method.",
    remedy: "Use one of the methods that the Allow header lists.",
  },
  PayloadTooLarge: {
    http: 413,
    grpc: "RESOURCE_EXHAUSTED",
    message: "JSON payload has exceeded limit ({maximum_bytes} bytes).",
    details: ["maximum_bytes"],
    cause:
      "The body is larger than allowed; of a push, larger than what is kept of one with `atomic=true`.",
    remedy: "Send it in smaller parts.",
  },
  HeadersTooLarge: {
    http: 431,
    grpc: "RESOURCE_EXHAUSTED",
    message:
      "The request's address and headers are larger than allowed; send what is long in a body.",
    details: [],
    cause: "The request's address and headers together are larger than allowed.",
    remedy: "Send what is long, such as many tokens, in a body.",
  },
  RequestTimeout: {
    http: 408,
    grpc: "DEADLINE_EXCEEDED",
    message: "The request was not complete in time.",
    details: [],
    cause: "The request did not arrive as a whole in time.",
    remedy: "Try again over a better connection.",
  },
  Initializing: {
    http: 503,
    grpc: "UNAVAILABLE",
    retryAfterSeconds: 1,
    message: "The server has not finished starting.",
    details: [],
    cause: "The server is still starting.",
    remedy: "Try again in a moment.",
  },
  UnsupportedFeature: {
    http: 501,
    grpc: "UNIMPLEMENTED",
    message: "{feature} is not supported here: {what is}",
    details: ["feature"],
    cause: "The request is understood, but this server can't do it.",
    remedy: "The message says what it can do instead.",
  },
  AuthenticationFailed: {
    http: 401,
    grpc: "UNAUTHENTICATED",
    message: "{what is wrong with the credentials}",
    details: [],
    cause: "The request carries no credentials, or wrong ones.",
    remedy: "Send an API key or a JWT of the configured issuer: Authorization: Bearer apikey:…",
  },
  IssuerUnreachable: {
    http: 503,
    grpc: "UNAVAILABLE",
    retryAfterSeconds: 5,
    message: "The JWT can't be verified now: the keys of its issuer can't be had",
    details: [],
    cause: "The issuer of JWTs could not be asked for its keys.",
    remedy: "Try again in a moment; API keys go on working.",
  },
  OriginNotAllowed: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    message:
      "Web pages of '{origin}' may not call this server; --cors-origins lists those that may",
    details: ["origin"],
    cause: "A web page of another site sent the request.",
    remedy: "Have the server allow the page's origin with --cors-origins.",
  },
  HostNotAllowed: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    message:
      "Host '{host}' is not this machine: where nobody has to authenticate, call 127.0.0.1 or localhost",
    details: ["host"],
    cause: "The request names another host than this machine, and callers need not authenticate.",
    remedy: "Call 127.0.0.1 or localhost, or have callers authenticate.",
  },
  InsufficientPermissions: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    message:
      "Insufficient permissions: this action requires the '{required}' role, but the caller has '{actual}'",
    details: ["required", "actual"],
    cause: "The caller's role doesn't allow this.",
    remedy: "Use a key with the role that the message names.",
  },
  AmbiguousTenantMembership: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    message: "The caller belongs to several tenants; name one in the 'Feldera-Tenant' header",
    details: [],
    cause: "The caller belongs to several tenants and didn't say which one is meant.",
    remedy: "Name one in the Feldera-Tenant header.",
  },
  NotATenantMember: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    message: "The caller is not a member of tenant '{tenant}'",
    details: ["tenant"],
    cause: "The caller doesn't belong to the tenant that the request names.",
    remedy: "Name a tenant that the caller belongs to.",
  },
  NoTenantMemberships: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    message: "The caller is not a member of any tenant",
    details: [],
    cause: "The caller belongs to no tenant.",
    remedy: "Ask an operator to be added to one.",
  },
  UnknownTenantName: {
    http: 404,
    grpc: "NOT_FOUND",
    message: "Unknown tenant name '{name}'",
    details: ["name"],
    cause: "There is no tenant of that name.",
    remedy: "Check the Feldera-Tenant header.",
  },
  UnknownApiKey: {
    http: 404,
    grpc: "NOT_FOUND",
    message: "Unknown API key '{name}'",
    details: ["name"],
    cause: "There is no API key of that name.",
    remedy: "Check the name against the list of keys.",
  },
  RoleExceedsCreator: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    message:
      "Cannot create an API key with role '{requested}': it exceeds the caller's role '{creator}'",
    details: ["requested", "creator"],
    cause: "A key was asked for with a higher role than the caller's own.",
    remedy: "Ask for a role up to the caller's own.",
  },
  OwnerAdminNotMintableAsApiKey: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    message: "API keys cannot be granted the 'admin' or 'owner' role",
    details: [],
    cause: "API keys can't have the role admin or owner.",
    remedy: "Ask for read or write.",
  },
  NoClusterMonitorEventsAvailable: {
    http: 404,
    grpc: "NOT_FOUND",
    message: "There are not yet any cluster monitor events recorded",
    details: [],
    cause: "The server has only just started and hasn't looked after itself yet.",
    remedy: "Try again in a moment.",
  },
  UnknownClusterMonitorEvent: {
    http: 404,
    grpc: "NOT_FOUND",
    message: "Unknown cluster monitor event '{event_id}'",
    details: ["event_id"],
    cause: "There is no event of that id; the server keeps one, with a new id at every start.",
    remedy: "Ask for `latest`, or list the events.",
  },
  ShuttingDown: {
    http: 503,
    grpc: "UNAVAILABLE",
    retryAfterSeconds: 5,
    message: "The server is shutting down.",
    details: [],
    cause: "The server is about to stop.",
    remedy: "Try again once it is back.",
  },
  InternalError: {
    http: 500,
    grpc: "INTERNAL",
    message: "Something went wrong inside the server; its log says more.",
    details: [],
    cause: "Something went wrong inside the server; its log says more.",
    remedy: "Try again; if it stays, give the operator the time of the request.",
  },
};
