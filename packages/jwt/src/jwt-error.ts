/** The one error of verifying. */

/** A JWT that does not hold, or keys that can't be had. The message may be told to whoever sent it. */
export class JwtError extends Error {
  /** `unreachable`: it could not be judged, because the issuer's keys can't be had. */
  readonly kind: "refused" | "unreachable";

  constructor(kind: JwtError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "JwtError";
    this.kind = kind;
  }
}
