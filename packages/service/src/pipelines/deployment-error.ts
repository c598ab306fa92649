/** What a failed deployment leaves with the pipeline's record. */

import { ConfigError, type ErrorEnvelope } from "@tidemark/connector";

import { fromConnectorFault } from "../errors/config.ts";
import { initializationError, pipelineFailed } from "../errors/lifecycle.ts";
import { ServiceError } from "../service-error.ts";

/** The envelope of a fault that came up while deploying. */
export function deployFault(error: unknown): ErrorEnvelope {
  if (error instanceof ServiceError) return envelope(error);
  if (error instanceof ConfigError) return envelope(fromConnectorFault(error));
  return envelope(initializationError(messageOf(error)));
}

/** The envelope of a fault that ended a running pipeline. */
export function runtimeFault(error: unknown): ErrorEnvelope {
  return envelope(pipelineFailed(messageOf(error)));
}

/** A service error as records keep it. */
export function envelope(error: ServiceError): ErrorEnvelope {
  return { message: error.message, errorCode: error.reason, details: error.details };
}

/** A fault's own sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
