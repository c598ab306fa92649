/** References: where a text of a configuration names a value that is kept elsewhere. */

/** A value that a configuration names instead of holding it. */
export type Reference =
  | { readonly kind: "env"; readonly text: string; readonly name: string }
  | {
      readonly kind: "secret";
      readonly text: string;
      readonly provider: "kubernetes";
      readonly name: string;
      readonly key: string;
    };

/** What stands for the value of a reference. */
export type Lookup =
  | { readonly kind: "found"; readonly value: string }
  /** `why` completes the sentence "'${env:NAME}' can't be replaced: …". */
  | { readonly kind: "missing"; readonly why: string };

/** Looks values up where the server has them; asked at every start. Must not throw. */
export type SecretLookup = (reference: Reference) => Lookup;

/** A reference, or what was meant to be one: up to the brace that ends it, if one does. */
const WRITTEN = /\$\{(?:env|secret)\b[^}]*\}?/gu;
const ENV = /^\$\{env:(?<name>[A-Za-z_][A-Za-z0-9_]*)\}$/u;
const KUBERNETES =
  /^\$\{secret:kubernetes:(?<name>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)\/(?<key>[-._a-zA-Z0-9]+)\}$/u;

/** The references in a text in order, what is malformed as its text. */
export function referencesIn(text: string): readonly (Reference | string)[] {
  return [...text.matchAll(WRITTEN)].map(([written]) => referenceOf(written) ?? written);
}

/** The text with each of its references replaced. */
export function replaceReferences(text: string, value: (written: string) => string): string {
  return text.replaceAll(WRITTEN, value);
}

function referenceOf(text: string): Reference | undefined {
  const env = ENV.exec(text)?.groups;
  if (env !== undefined) return { kind: "env", text, name: env["name"] ?? "" };
  const { name, key } = KUBERNETES.exec(text)?.groups ?? {};
  if (name === undefined || key === undefined || /^\.+$/u.test(key)) return undefined;
  if (name.includes("..")) return undefined;
  return { kind: "secret", text, provider: "kubernetes", name, key };
}
