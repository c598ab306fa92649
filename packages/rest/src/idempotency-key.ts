/** The `Idempotency-Key` header: a structured string, or its characters as they are. */

import { invalidParam } from "@tidemark/service";

/** The key of a request, where it has one; `"a"` and `a` are the same key. */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (!text.startsWith('"')) return text;
  const quoted = /^"(?<key>(?:[^"\\]|\\["\\])*)"$/u.exec(text)?.groups?.["key"];
  if (quoted === undefined) {
    throw invalidParam(
      "header 'Idempotency-Key' begins with a quote, so it must be one quoted text, in which only \\\" and \\\\ stand for others",
    );
  }
  return quoted.replaceAll(/\\(["\\])/gu, "$1");
}
