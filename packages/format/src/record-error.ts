/** Builds the errors of records that do not fit. */

import { type RecordError } from "@tidemark/connector";

import { ValueFault } from "./value-fault.ts";

const SHOWN_TEXT = 10_000;

/** The parts of an error that are not null. */
export type ErrorParts = Partial<RecordError> & Pick<RecordError, "description">;

/** An error with its documented fields, all present. */
export function recordError(parts: ErrorParts): RecordError {
  const { invalidText } = parts;
  return {
    eventNumber: null,
    field: null,
    invalidBytes: null,
    suggestion: null,
    tag: null,
    ...parts,
    invalidText:
      typeof invalidText === "string" && invalidText.length > SHOWN_TEXT
        ? `${invalidText.slice(0, SHOWN_TEXT)}…`
        : (invalidText ?? null),
  };
}

/** The error of one record whose conversion failed; `what` is for example `JSON record`. */
export function conversionError(
  error: unknown,
  what: string,
  parts: Omit<ErrorParts, "description" | "field">,
): RecordError {
  const fault = asFault(error);
  const field = fault.field ?? null;
  return recordError({
    ...parts,
    description: `failed to deserialize ${what}: ${fault.message}`,
    field,
  });
}

/** The fault that a conversion threw; a stack overflow is the input's nesting, all else a defect. */
export function asFault(error: unknown): ValueFault {
  if (error instanceof ValueFault) return error;
  if (error instanceof RangeError) return new ValueFault("the value is nested too deeply");
  throw error;
}
