/** Kinds of settings; their errors complete the sentence "allowed is …". */

import { z } from "zod";

/** What `--help` shows of a setting; one without a `value` is a switch. */
export const help: z.core.$ZodRegistry<{ readonly help: string; readonly value?: string }> =
  z.registry<{ readonly help: string; readonly value?: string }>();

/** A text that is not empty. */
export function text(allowed: string): z.ZodString {
  return z.string({ error: allowed }).min(1, { error: allowed });
}

/** A whole number, also as its digits. */
export function whole(least: number, most: number): z.ZodType<number> {
  const error = `a whole number from ${least} to ${most}`;
  const digits = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number);
  return z
    .union([z.number(), digits], { error })
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, { error });
}

/** A switch, also as a word. */
export function toggle(): z.ZodType<boolean> {
  const word = z.enum(["true", "false"]).transform((value) => value === "true");
  return z.union([z.boolean(), word], { error: "true or false" });
}

/** A list of texts, also as one text with commas. */
export function list(what: string): z.ZodType<readonly string[]> {
  const error = `a list of ${what}, or one text with commas between them`;
  const joined = z.string().transform((value) =>
    value
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== ""),
  );
  return z.union([z.array(z.string()), joined], { error });
}
