/** Parameters of the query string and of headers: their schemas, each with its description. */

import { z } from "zod";

/** A parameter's schema; it reads text, undefined where the parameter is not given. */
export type Param = z.ZodType & { readonly description: string };

/** `true` or `false`; false where it is left out, unless said otherwise. */
export function flag(
  description: string,
  absent = false,
): z.ZodDefault<z.ZodCodec<z.ZodString, z.ZodBoolean>> & Param {
  const schema = z
    .stringbool({
      truthy: ["true"],
      falsy: ["false"],
      case: "sensitive",
      error: "must be 'true' or 'false'",
    })
    .default(absent);
  return described(schema, description);
}

/** One of some words; the first of them where it is left out. */
export function choice<const Words extends readonly [string, ...string[]]>(
  description: string,
  words: Words,
): z.ZodDefault<z.ZodType<Words[number]>> & Param {
  const allowed = words.map((word) => `'${word}'`).join(", ");
  const schema = z.enum(words, { error: `must be one of ${allowed}` });
  const first: Words[number] = words[0];
  return described(schema.default(first), description);
}

/** One of some words, or nothing where it is left out. */
export function optionalChoice<const Words extends readonly [string, ...string[]]>(
  description: string,
  words: Words,
): z.ZodOptional<z.ZodType<Words[number]>> & Param {
  const allowed = words.map((word) => `'${word}'`).join(", ");
  const schema: z.ZodType<Words[number]> = z.enum(words, { error: `must be one of ${allowed}` });
  return described(schema.optional(), description);
}

/** Any text that must be given. */
export function text(description: string): z.ZodString & Param {
  return described(z.string(), description);
}

/** Any text that may be left out. */
export function optionalText(description: string): z.ZodOptional<z.ZodString> & Param {
  return described(z.string().optional(), description);
}

/** Any texts: the parameter may be given any number of times. */
export function texts(description: string): z.ZodDefault<z.ZodArray<z.ZodString>> & Param {
  return described(z.array(z.string()).default([]), description);
}

/** A whole number that may be left out. */
export function optionalWhole(
  description: string,
): z.ZodOptional<z.ZodType<number, string>> & Param {
  const error = "must be a whole number";
  const digits = z.string().regex(/^\d{1,9}$/u, { error });
  const schema: z.ZodType<number, string> = digits.transform(Number).pipe(z.int());
  return described(schema.optional(), description);
}

/** A schema of one's own as a parameter; its errors complete "query parameter 'x' …". */
export function described<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
): Schema & Param {
  const named: Schema = schema.describe(description);
  if (isDescribed(named)) return named;
  throw new TypeError("a parameter needs a description");
}

function isDescribed<Schema extends z.ZodType>(schema: Schema): schema is Schema & Param {
  return schema.description !== undefined;
}
