/** Credentials: what a request says of who sends it, whichever protocol carried it. */

/** What a request says of its caller. */
export interface Credentials {
  /** The `Authorization` header, such as `Bearer apikey:…`. */
  readonly authorization: string | undefined;
  /** The tenant that the caller wants to act in, by name: the `Feldera-Tenant` header. */
  readonly tenant: string | undefined;
}
