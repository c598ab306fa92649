/** The one error that the service answers callers with. */

import { type Details, type Reason } from "./reasons.ts";

/** A use case that can't be carried out: reason, message and details are the same on every face. */
export class ServiceError extends Error {
  readonly reason: Reason;
  readonly details: Details;

  constructor(reason: Reason, message: string, details: Details = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServiceError";
    this.reason = reason;
    this.details = details;
  }
}
