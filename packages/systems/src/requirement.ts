/** What tests need of the machine, and what becomes of them where it is missing. */

/** A program or address that was found, or what is missing and how to get it. */
export type Found<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "missing"; readonly why: string };

/** True where a missing system is a failure, as in continuous integration. */
export function systemsAreRequired(): boolean {
  return process.env["TIDEMARK_REQUIRE_SYSTEMS"] === "1";
}

/** A system's address as the environment gives it. */
export function addressFrom(variable: string): string | undefined {
  const address = process.env[variable];
  return address === undefined || address === "" ? undefined : address;
}
