/** The `Prefer` header of RFC 7240, as far as waiting is concerned. */

/**
 * Seconds that a caller is ready to wait: the first `wait` preference, in any case, quoted or not;
 * undefined where there is none. As the standard asks, what can't be understood is ignored.
 */
export function preferredWait(header: string | readonly string[] | undefined): number | undefined {
  const text = typeof header === "string" ? header : (header ?? []).join(",");
  for (const preference of text.split(",")) {
    const [token = "", value = ""] = (preference.split(";")[0] ?? "").split("=", 2);
    if (token.trim().toLowerCase() !== "wait") continue;
    const seconds = /^(?:(?<plain>\d{1,9})|"(?<quoted>\d{1,9})")$/u.exec(value.trim())?.groups;
    const digits = seconds?.["plain"] ?? seconds?.["quoted"];
    return digits === undefined ? undefined : Number(digits);
  }
  return undefined;
}
