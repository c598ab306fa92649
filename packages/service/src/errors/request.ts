/** Errors of requests that are not taken at all. */

import { ServiceError } from "../service-error.ts";

/** Nothing at this path. */
export function unknownRoute(method: string, path: string): ServiceError {
  return new ServiceError("UnknownRoute", `There is nothing at ${method} ${path}`, {
    method,
    path,
  });
}

/** A path that exists, with another method. */
export function methodNotAllowed(
  method: string,
  path: string,
  allowed: readonly string[],
): ServiceError {
  return new ServiceError(
    "MethodNotAllowed",
    `${path} can't be asked with ${method}; it takes ${allowed.join(", ")}`,
    { method, path, allowed },
  );
}

/** A body over the limit; `size` where it is known. */
export function payloadTooLarge(maximumBytes: number, size?: number): ServiceError {
  const message =
    size === undefined
      ? `JSON payload has exceeded limit (${maximumBytes} bytes).`
      : `JSON payload (${size} bytes) is larger than allowed (limit: ${maximumBytes} bytes).`;
  return new ServiceError("PayloadTooLarge", message, { maximum_bytes: maximumBytes });
}

/** A body that is to be taken whole and can't be kept until its end. */
export function bodyTooLarge(maximumBytes: number): ServiceError {
  return new ServiceError(
    "PayloadTooLarge",
    `A body that is pushed with atomic=true is kept until its end, and may have ${maximumBytes} bytes; ` +
      "this one has more, and nothing of it was taken. Push it in parts, or without atomic under an Idempotency-Key.",
    { maximum_bytes: maximumBytes },
  );
}

/** An address and headers over the limit. */
export function headersTooLarge(): ServiceError {
  return new ServiceError(
    "HeadersTooLarge",
    "The request's address and headers are larger than allowed; send what is long in a body.",
  );
}

/** A request that does not arrive as a whole. */
export function requestTimeout(): ServiceError {
  return new ServiceError("RequestTimeout", "The request was not complete in time.");
}

/** The server is still starting. */
export function initializing(): ServiceError {
  return new ServiceError("Initializing", "The server has not finished starting.");
}

/** Something that is understood but not done here; `instead` says what is. */
export function unsupportedFeature(feature: string, instead: string): ServiceError {
  return new ServiceError("UnsupportedFeature", `${feature} is not supported here: ${instead}`, {
    feature,
  });
}

/** No credentials, or wrong ones. */
export function authenticationFailed(message: string): ServiceError {
  return new ServiceError("AuthenticationFailed", message);
}

/** A JWT that can't be judged, because the keys of its issuer can't be had. */
export function issuerUnreachable(): ServiceError {
  return new ServiceError(
    "IssuerUnreachable",
    "The JWT can't be verified now: the keys of its issuer can't be had",
  );
}

/** A role that is too low. */
export function insufficientPermissions(required: string, actual: string): ServiceError {
  return new ServiceError(
    "InsufficientPermissions",
    `Insufficient permissions: this action requires the '${required}' role, but the caller has '${actual}'`,
    { required, actual },
  );
}

/** The server is about to stop. */
export function shuttingDown(): ServiceError {
  return new ServiceError("ShuttingDown", "The server is shutting down.");
}

/** A fault inside the server; the cause is for the log only. */
export function internalError(cause: unknown): ServiceError {
  return new ServiceError(
    "InternalError",
    "Something went wrong inside the server; its log says more.",
    {},
    { cause },
  );
}
