/** The `Prefer` header of RFC 7240, as far as waiting is concerned. */

/** How long callers may wait. */
export interface WaitLimits {
  /** A longer `Prefer: wait` is cut to this. */
  readonly maximumWaitSeconds: number;
}

/** Seconds that a caller is made to wait at most; undefined where it did not ask to wait. */
export function grantedWait(
  { maximumWaitSeconds }: WaitLimits,
  header: string | undefined,
): number | undefined {
  const asked = preferredWait(header);
  return asked === undefined ? undefined : Math.min(asked, maximumWaitSeconds);
}

/** The header that tells of a granted wait. */
export const APPLIED: Readonly<Record<string, string>> = {
  "Preference-Applied": "How long the wait was at most, where one was asked for.",
};

/** Parts between separators, none of which counts inside a quoted text. */
const PREFERENCE = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/gu;
const UP_TO_PARAMETERS = /^(?:[^";]|"(?:[^"\\]|\\.)*"?)*/u;

/**
 * Seconds that a caller is ready to wait: the first `wait` preference, in any case, quoted or not;
 * undefined where there is none. As the standard asks, what can't be understood is ignored.
 */
export function preferredWait(text = ""): number | undefined {
  for (const [preference] of text.matchAll(PREFERENCE)) {
    const [named = ""] = UP_TO_PARAMETERS.exec(preference) ?? [];
    const [token = "", value = ""] = named.split("=", 2);
    if (token.trim().toLowerCase() !== "wait") continue;
    const seconds = /^(?:(?<plain>\d{1,9})|"(?<quoted>\d{1,9})")$/u.exec(value.trim())?.groups;
    const digits = seconds?.["plain"] ?? seconds?.["quoted"];
    return digits === undefined ? undefined : Number(digits);
  }
  return undefined;
}
