/** The error of a pushed body with records that don't fit. */

import { type Pushed, type RecordError } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";

import { ServiceError } from "../service-error.ts";

type Counted = Pick<Pushed, "errorCount" | "errors">;

/**
 * Records that don't fit; `token` covers the `records` that were ingested all the same, and those
 * that were rejected.
 */
export function parseErrors(
  pushed: Counted & Pick<Pushed, "records">,
  token: string,
): ServiceError {
  const { records } = pushed;
  return new ServiceError("ParseErrors", message(pushed), { ...details(pushed, records), token });
}

/** Records that don't fit, in a body of which therefore nothing was ingested. */
export function bodyRejected(body: Counted): ServiceError {
  const nothing = "\nNothing of the body was ingested, as it was pushed with atomic=true.";
  return new ServiceError("ParseErrors", `${message(body)}${nothing}`, details(body, 0));
}

function message({ errorCount, errors }: Counted): string {
  const head =
    errorCount > errors.length
      ? `Errors parsing input data (reporting ${errors.length} out of ${errorCount} total errors):`
      : `Errors parsing input data (${errorCount} errors):`;
  return head + errors.map((error) => `\n    ${recordErrorText(error)}`).join("");
}

function details({ errorCount, errors }: Counted, records: number): JsonObject {
  return { num_errors: errorCount, records, errors: errors.map(recordErrorJson) };
}

function recordErrorText(error: RecordError): string {
  const event = error.eventNumber === null ? "" : ` (event #${error.eventNumber})`;
  const bytes =
    error.invalidBytes === null ? "" : `\nInvalid bytes: [${error.invalidBytes.join(", ")}]`;
  const text = error.invalidText === null ? "" : `\nInvalid fragment: '${error.invalidText}'`;
  const suggestion = error.suggestion === null ? "" : `\n${error.suggestion}`;
  return `Parse error${event}: ${error.description}${bytes}${text}${suggestion}`;
}

function recordErrorJson(error: RecordError): JsonObject {
  return {
    description: error.description,
    event_number: error.eventNumber,
    field: error.field,
    invalid_bytes: error.invalidBytes,
    invalid_text: error.invalidText,
    suggestion: error.suggestion,
    tag: error.tag,
  };
}
