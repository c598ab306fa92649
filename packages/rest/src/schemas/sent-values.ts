/** Values that bodies are made of, which say what they should have been. */

import { z } from "zod";

/** A string. */
export const TEXT: z.ZodString = z.string({ error: expected("a string") });

/** A list of strings. */
export const TEXTS: z.ZodArray<z.ZodString> = z.array(TEXT, {
  error: expected("an array of strings"),
});

/** Says what was expected; for the `error` of a schema. */
export function expected(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => (input === undefined ? "is missing" : `must be ${what}`);
}
