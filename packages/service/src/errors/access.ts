/** Errors of tenants, API keys and the server's health, in the contract's words. */

import { ServiceError } from "../service-error.ts";

/** A caller of several tenants who doesn't say which. */
export function ambiguousTenantMembership(): ServiceError {
  return new ServiceError(
    "AmbiguousTenantMembership",
    "The caller belongs to several tenants; name one in the 'Feldera-Tenant' header",
  );
}

/** A caller who isn't of the tenant named. */
export function notATenantMember(tenant: string): ServiceError {
  return new ServiceError("NotATenantMember", `The caller is not a member of tenant '${tenant}'`, {
    tenant,
  });
}

/** A caller of no tenant. */
export function noTenantMemberships(): ServiceError {
  return new ServiceError("NoTenantMemberships", "The caller is not a member of any tenant");
}

/** No tenant of that name. */
export function unknownTenantName(name: string): ServiceError {
  return new ServiceError("UnknownTenantName", `Unknown tenant name '${name}'`, { name });
}

/** No API key of that name. */
export function unknownApiKey(name: string): ServiceError {
  return new ServiceError("UnknownApiKey", `Unknown API key '${name}'`, { name });
}

/** A key with a higher role than its maker's. */
export function roleExceedsCreator(requested: string, creator: string): ServiceError {
  return new ServiceError(
    "RoleExceedsCreator",
    `Cannot create an API key with role '${requested}': it exceeds the caller's role '${creator}'`,
    { requested, creator },
  );
}

/** A key with the role admin or owner. */
export function ownerAdminNotMintableAsApiKey(): ServiceError {
  return new ServiceError(
    "OwnerAdminNotMintableAsApiKey",
    "API keys cannot be granted the 'admin' or 'owner' role",
  );
}

/** A web page of an origin that may not call; where the browser doesn't name it, how it is related. */
export function originNotAllowed(origin: string): ServiceError {
  return new ServiceError(
    "OriginNotAllowed",
    `Web pages of '${origin}' may not call this server; --cors-origins lists those that may`,
    { origin },
  );
}

/** A host name that isn't this machine's, although only this machine may call. */
export function hostNotAllowed(host: string): ServiceError {
  return new ServiceError(
    "HostNotAllowed",
    `Host '${host}' is not this machine: where nobody has to authenticate, call 127.0.0.1 or localhost`,
    { host },
  );
}

/** Asked for its health too early. */
export function noClusterMonitorEventsAvailable(): ServiceError {
  return new ServiceError(
    "NoClusterMonitorEventsAvailable",
    "There are not yet any cluster monitor events recorded",
  );
}

/** An event of the server's health that there is not, or no longer. */
export function unknownClusterMonitorEvent(eventId: string): ServiceError {
  return new ServiceError(
    "UnknownClusterMonitorEvent",
    `Unknown cluster monitor event '${eventId}'`,
    { event_id: eventId },
  );
}
